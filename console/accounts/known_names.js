/** Names of the customer's accounts and saved payees, read once in a session: a payment has their ids only. */
import { signal, useEffect } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import * as session from "../shell/session.js";
import { accountName } from "./names.js";

const FRESH_MS = 30_000;

/** @type {{ value: Map<string, string> }} */
const names = signal(new Map());
let readFor = "";
let readAt = 0;

/**
 * Return the names of ids, null for those that are nobody's that the customer knows.
 * @param {(string | null | undefined)[]} ids @returns {(string | null)[]}
 */
export function useKnownNames(ids) {
  const known = names.value;
  const isMissing = ids.some((id) => id && !known.has(id));
  useEffect(() => {
    if (isMissing && session.hasRole(["customer"])) load();
  }, [ids.join()]);
  return ids.map((id) => (id && known.get(id)) ?? null);
}

async function load() {
  const user = session.user.value?.id ?? "";
  if (readFor === user && Date.now() - readAt < FRESH_MS) return;
  [readFor, readAt] = [user, Date.now()];
  try {
    const [accounts, payees] = await Promise.all([api.get("/v1/accounts", { query: { limit: 100 } }), api.get("/v1/beneficiaries", { query: { limit: 100 } })]);
    names.value = new Map([
      ...accounts.body.data.map((/** @type {any} */ one) => [one.id, accountName(one)]),
      ...payees.body.data.map((/** @type {any} */ one) => [one.id, one.nickname ?? one.name]),
    ]);
  } catch {
    readAt = 0; // the names are missing, nothing else
  }
}
