/** The bank's summary of a request, with what it names by an id as a link, and branches by their names. */
import { html } from "../vendor/preact.js";

const ID = /\b((?:acc|brn|cus|txn|usr|whe)_[0-9A-Z]{26})\b/;
const SHOWN = 4;
/** @type {Record<string, string>} */
const PLACES = { acc: "#/accounts/", brn: "#/branches/", cus: "#/customers/", txn: "#/payments/", usr: "#/users/", whe: "#/webhooks/" };

/** Return whether a text names a branch. @param {string} text */
export const namesBranch = (text) => /\bbrn_/.test(text);

/** @param {{ text: string, branches?: any[] }} props */
export function Summary({ text, branches = [] }) {
  return html`<span>${text.split(ID).map((part, index) => (index % 2 === 0 ? part : html`<a key=${index} href=${PLACES[part.slice(0, 3)] + part}>${nameOf(part, branches)}</a>`))}</span>`;
}

/** Return the text without ids, for where there is no place for links. @param {string} text @param {any[]} [branches] */
export const plainSummary = (text, branches = []) => text.split(ID).map((part, index) => (index % 2 === 0 ? part : nameOf(part, branches))).join("");

/** @param {string} id @param {any[]} branches */
const nameOf = (id, branches) => branches.find((one) => one.id === id)?.name ?? `··${id.slice(-SHOWN)}`;
