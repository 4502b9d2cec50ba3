/** The name of a user of the bank by its id. Auditors and admins may read them, once in a session. */
import { html, signal, useEffect } from "../vendor/preact.js";
import { customerName } from "../customers/names.js";
import { api } from "../shell/api.js";
import * as session from "../shell/session.js";

const NAMING = ["auditor", "admin"];
const AT_ONCE = 100;
const SHOWN = 4;

/** @type {{ value: Map<string, string> }} */
const names = signal(new Map());
let isRead = false;
session.forgetAtEnd(() => {
  [names.value, isRead] = [new Map(), false];
});

/** The user's name, or the end of the id of a customer's user and of one of many. @param {{ id: string }} props */
export function UserName({ id }) {
  useEffect(() => void load(), []);
  return html`${names.value.get(id) ?? `··${id.slice(-SHOWN)}`}`;
}

async function load() {
  if (isRead || !session.hasRole(NAMING)) return;
  isRead = true;
  try {
    const { data } = (await api.get("/v1/users", { query: { limit: AT_ONCE } })).body;
    names.value = new Map(data.map((/** @type {any} */ one) => [one.user_id, customerName(one)]));
  } catch {
    isRead = false; // the names are missing, nothing else
  }
}
