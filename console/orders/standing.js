/** Standing orders as a table, and what tables of orders have in common. */
import { useKnownNames } from "../accounts/known_names.js";
import { api } from "../shell/api.js";
import { html } from "../vendor/preact.js";
import { date, t } from "../shell/language.js";
import { Badge, Money, Pages, Table, usePages } from "../shell/parts.js";
import { frequencyText, STATUS_KIND } from "./words.js";

/** The column of amounts. */
export const amountColumn = () => ({ label: t("orders.amount"), numeric: true, cell: (/** @type {any} */ row) => html`<${Money} amount=${row.amount} currency=${row.currency} />` });
/** The column of states. */
export const statusColumn = () => ({ label: t("orders.status"), cell: (/** @type {any} */ row) => html`<${Badge} kind=${STATUS_KIND[row.status]}>${t(`orders.status.${row.status}`)}<//>` });

/** Standing orders: one's own, or for staff those of a customer. One call, and for one's own two for names. @param {{ customer_id?: string }} props */
export function Standing({ customer_id }) {
  const orders = usePages((cursor) => api.get("/v1/standing-orders", { query: { customer_id, cursor } }), [customer_id]);
  const what = (/** @type {any} */ row) => row.memo ?? t("orders.unnamed");
  return html`<${Pages} pages=${orders} empty=${t(customer_id ? "orders.none_of" : "orders.none")}>${(/** @type {any[]} */ rows) => html`<${Table}
    caption=${t("orders.standing")}
    rows=${rows}
    columns=${[
      { label: t("orders.what"), cell: (row) => html`<div class="text">${customer_id ? what(row) : html`<a href=${`#/standing-orders/${row.id}`}>${what(row)}</a>`}<${Payee} of=${row} /></div>` },
      { label: t("orders.how_often"), cell: (row) => frequencyText(row.frequency, row.start) },
      { label: t("orders.next"), cell: (row) => (row.status === "active" && row.next[0] ? date(row.next[0].execution_date) : "–") },
      statusColumn(),
      amountColumn(),
    ]} />`}<//>`;
}

/** Whom it pays: by the name that the customer has given or knows. @param {{ of: any }} props */
export function Payee({ of }) {
  const [known] = useKnownNames([of.beneficiary_id ?? of.to_account_id]);
  const name = of.to_name ?? known;
  return html`<br /><span class="quiet">${name ? t("orders.to", { name }) : t("orders.to_account")}</span>`;
}
