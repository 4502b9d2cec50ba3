/** Names of the customer's accounts and saved payees, kept for a session: a payment has their ids only. */
import { signal, useEffect } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import * as session from "../shell/session.js";
import { accountName } from "./names.js";

const FRESH_MS = 30_000;

/** @type {Record<string, { load: () => Promise<any>, nameOf: (one: any) => string }>} How those of an id's beginning are read and called. */
const KINDS = {
  acc: { load: () => api.get("/v1/accounts", { query: { limit: 100 } }), nameOf: accountName },
  ben: { load: () => api.get("/v1/beneficiaries", { query: { limit: 100 } }), nameOf: (one) => one.nickname ?? one.name },
};

/** @type {{ value: Map<string, string> }} */
const names = signal(new Map());
/** @type {Record<string, number>} When each kind was read. */
let readAt = {};
session.forgetAtEnd(() => {
  [names.value, readAt] = [new Map(), {}];
});

/**
 * Return the names of ids, null for those that are nobody's that the customer knows.
 * @param {(string | null | undefined)[]} ids @returns {(string | null)[]}
 */
export function useKnownNames(ids) {
  const known = names.value;
  const missing = new Set(ids.filter((id) => id && !known.has(id)).map((id) => /** @type {string} */ (id).split("_")[0]));
  useEffect(() => {
    if (session.hasRole(["customer"])) for (const kind of missing) if (kind in KINDS) load(kind);
  }, [ids.join()]);
  return ids.map((id) => (id && known.get(id)) ?? null);
}

/** Keep the names of accounts or payees that a page has read for itself. @param {"acc" | "ben"} kind @param {any[]} read */
export function rememberNames(kind, read) {
  readAt[kind] = Date.now();
  names.value = new Map([...names.value, ...read.map((one) => /** @type {[string, string]} */ ([one.id, KINDS[kind].nameOf(one)]))]);
}

/** @param {string} kind */
async function load(kind) {
  if (Date.now() - (readAt[kind] ?? 0) < FRESH_MS) return;
  readAt[kind] = Date.now();
  try {
    rememberNames(/** @type {"acc" | "ben"} */ (kind), (await KINDS[kind].load()).body.data);
  } catch {
    delete readAt[kind]; // the names are missing, nothing else
  }
}
