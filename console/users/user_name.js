/** The name of a user of the bank by its id. Auditors and admins may read them, once in a session. */
import { html, signal, useEffect } from "../vendor/preact.js";
import { customerName } from "../customers/names.js";
import { api } from "../shell/api.js";
import { t } from "../shell/language.js";
import * as session from "../shell/session.js";

const NAMING = ["auditor", "admin"];
const AT_ONCE = 100;
const SHOWN = 4;

/** @type {{ value: Map<string, string> }} */
const names = signal(new Map());
let isRead = false;
let isWhole = false;
session.forgetAtEnd(() => {
  [names.value, isRead, isWhole] = [new Map(), false, false];
});

/** The user's name; of a customer, whom the list of users has not, and of one of many the end of the id. @param {{ id: string }} props */
export function UserName({ id }) {
  useEffect(() => void load(), []);
  const end = `··${id.slice(-SHOWN)}`;
  return html`${names.value.get(id) ?? (isWhole ? `${t("role.customer")} ${end}` : end)}`;
}

async function load() {
  if (isRead || !session.hasRole(NAMING)) return;
  isRead = true;
  try {
    const { data, has_more } = (await api.get("/v1/users", { query: { limit: AT_ONCE } })).body;
    isWhole = !has_more;
    names.value = new Map(data.map((/** @type {any} */ one) => [one.user_id, customerName(one)]));
  } catch {
    isRead = false; // the names are missing, nothing else
  }
}
