/** Accounts that were closed, for staff. One call. */
import { html } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { date, grouped, t } from "../shell/language.js";
import { Card, Heading, Pages, Table, usePages } from "../shell/parts.js";
import { accountName } from "./names.js";

export default function ClosedAccounts() {
  const pages = usePages((cursor) => api.get("/v1/accounts/closed", { query: { cursor } }), []);
  return html`
    <${Heading} title=${t("closed.title")} lead=${t("closed.lead")}><a class="button" href="#/customers">${t("customers.search")}</a><//>
    <${Card}>
      <${Pages} pages=${pages} empty=${t("closed.none")} endless>${(/** @type {any[]} */ rows) => html`<${Table}
        caption=${t("closed.title")} rows=${rows}
        columns=${[
          { label: t("account.title"), cell: (row) => html`<a class="row-title" href=${`#/accounts/${row.id}`}>${accountName(row)}</a><br /><span class="quiet figures">${grouped(row.iban)}</span>` },
          { label: t("customer.title"), cell: (row) => html`<a href=${`#/customers/${row.customer_id}`}>${t("customer.title")}</a>` },
          { label: t("account.opened_at"), cell: (row) => date(row.opened_at) },
          { label: t("closed.at"), cell: (row) => date(row.updated_at) },
        ]} />`}<//>
    <//>
  `;
}
