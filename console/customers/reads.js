/** Who of the bank has read a customer's personal data, for auditors and admins. One call, and one for the names. */
import { html } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { t } from "../shell/language.js";
import { Card, Heading, Moment, Pages, Table, usePages } from "../shell/parts.js";
import { UserName } from "../users/user_name.js";

/** @param {{ params: { customer_id: string } }} props */
export default function Reads({ params }) {
  const pages = usePages((cursor) => api.get("/v1/customers/{customer_id}/reads", { params, query: { cursor } }), [params.customer_id]);
  return html`
    <${Heading} title=${t("reads.title")} lead=${t("reads.lead")}><a class="button" href=${`#/customers/${params.customer_id}`}>${t("customer.title")}</a><//>
    <${Card}>
      <${Pages} pages=${pages} empty=${t("reads.none")} endless>${(/** @type {any[]} */ rows) => html`<${Table}
        caption=${t("reads.title")} rows=${rows}
        columns=${[
          { label: t("security.when"), cell: (row) => html`<${Moment} at=${row.at} />` },
          { label: t("audit.who"), cell: (row) => html`<a href=${`#/users/${row.read_by}`}><${UserName} id=${row.read_by} /></a> <span class="quiet">${t(`role.${row.role}`)}</span>` },
          { label: t("reads.by"), cell: (row) => html`<span class="figures">${row.operation}</span>` },
        ]} />`}<//>
    <//>
  `;
}
