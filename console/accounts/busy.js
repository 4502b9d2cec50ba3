/** Accounts that many want at once: their transfers were committed in groups within the last hour. One call. */
import { html } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { number, t } from "../shell/language.js";
import { Card, Heading, Moment, Pages, Table, usePages } from "../shell/parts.js";

export default function BusyAccounts() {
  const pages = usePages((cursor) => api.get("/v1/hot-accounts", { query: { cursor } }), []);
  return html`
    <${Heading} title=${t("busy.title")} lead=${t("busy.lead")}><a class="button" href="#/customers">${t("customers.search")}</a><//>
    <${Card}>
      <${Pages} pages=${pages} empty=${t("busy.none")} endless>${(/** @type {any[]} */ rows) => html`<${Table}
        caption=${t("busy.title")} rows=${rows} keyOf=${(/** @type {any} */ row) => row.account_id + row.since}
        columns=${[
          { label: t("account.title"), cell: (row) => html`<a href=${`#/accounts/${row.account_id}`}>··${row.account_id.slice(-4)}</a>` },
          { label: t("busy.since"), cell: (row) => html`<${Moment} at=${row.since} />` },
          { label: t("busy.last_at"), cell: (row) => html`<${Moment} at=${row.last_at} />` },
          { label: t("busy.posted"), numeric: true, cell: (row) => number(row.posted) },
          { label: t("busy.last_size"), numeric: true, cell: (row) => number(row.last_size) },
        ]} />`}<//>
    <//>
  `;
}
