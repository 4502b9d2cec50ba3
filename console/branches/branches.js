/** The bank's branches; managers and admins open one. One call. */
import { html } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { country, date, t } from "../shell/language.js";
import { Card, Heading, Pages, Table, usePages } from "../shell/parts.js";
import { go } from "../shell/router.js";
import * as session from "../shell/session.js";
import { bodyOf, branchFields, CURRENCIES, MANAGING } from "./words.js";

export default function Branches() {
  const pages = usePages((cursor) => api.get("/v1/branches", { query: { cursor } }), []);
  return html`
    <${Heading} title=${t("branches.title")} lead=${t("branches.lead")}>${session.hasRole(MANAGING) && html`<${OpenBranch} opened=${pages.reload} />`}<//>
    <${Card}>
      <${Pages} pages=${pages} empty=${t("branches.none")}>${(/** @type {any[]} */ rows) => html`<${Table}
        caption=${t("branches.title")}
        rows=${rows}
        columns=${[
          { label: t("branches.name"), cell: (row) => html`<a href=${`#/branches/${row.id}`}>${row.name}</a>` },
          { label: t("branches.code"), cell: (row) => html`<span class="figures">${row.code}</span>` },
          { label: t("branches.city"), cell: (row) => [row.city, country(row.country)].filter(Boolean).join(", ") },
          { label: t("branches.since"), cell: (row) => date(row.created_at) },
        ]} />`}<//>
    <//>
  `;
}

/** Open a branch, and go to it: lists have it within the cache time. @param {{ opened: () => void }} props */
function OpenBranch({ opened }) {
  const shown = (/** @type {any} */ answer) => (answer.status === 201 ? go(`#/branches/${answer.body.id}`) : opened());
  return html`<${ActButton} name="branch" label=${t("branches.open")} text=${t("branches.open_text")} done=${shown}
    fields=${[
      { name: "code", label: t("branches.code"), hint: t("branches.code_hint"), pattern: "[A-Za-z0-9][A-Za-z0-9\\-]{0,11}", maxlength: 12, autocomplete: "off", required: true },
      ...branchFields(),
      { name: "currency", label: t("branches.currency"), kind: "select", options: CURRENCIES.map((value) => ({ value, label: value })), initial: CURRENCIES[0] },
      { name: "initial_balance", label: t("branches.first_cash"), hint: t("branches.first_cash_hint"), kind: "amount", currencyField: "currency", optional: true },
    ]}
    request=${(/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/branches", { key, body: newBranch(values) })} />`;
}

/** @param {any} values */
function newBranch(values) {
  const cash = values.initial_balance ? { initial_balance: values.initial_balance, currency: values.currency } : {};
  return { code: values.code.trim().toUpperCase(), ...bodyOf(values), ...cash };
}
