/** Payments whose money is held: why each waits, and taking it back. One call. */
import { html } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { dateTime, t } from "../shell/language.js";
import { Card, Heading, Money, Pages, Table, usePages } from "../shell/parts.js";
import { Cancel, isCancellable } from "./cancel.js";

export default function Pending() {
  const pages = usePages((cursor) => api.get("/v1/transactions", { query: { status: "pending", cursor } }), []);
  return html`
    <${Heading} title=${t("pending.title")} lead=${t("pending.lead")} />
    <${Card}>
      <${Pages} pages=${pages} empty=${t("pending.none")}>${(/** @type {any[]} */ rows) => html`<${Table}
        caption=${t("pending.title")}
        rows=${rows}
        columns=${[
          { label: t("payment.what"), cell: (row) => html`<a href=${`#/payments/${row.id}`}>${row.memo ?? row.payment?.counterparty.name ?? t(`payment.type.${row.type}`)}</a>` },
          { label: t("pending.waits_for"), cell: reasonOf },
          { label: t("pending.asked"), cell: (row) => dateTime(row.created_at) },
          { label: t("orders.amount"), numeric: true, cell: (row) => html`<${Money} amount=${row.amount} currency=${row.currency} />` },
          { label: t("actions"), cell: (row) => isCancellable(row) && html`<${Cancel} payment=${row} done=${pages.reload} />` },
        ]} />`}<//>
    <//>
  `;
}

/** Return why a payment waits: for a decision, or where it is on its way to another bank. @param {any} row */
const reasonOf = (row) => (row.payment && !row.waiting ? t(`payment.state.${row.payment.state}`) : t(`payment.waiting.${row.waiting?.code ?? "approval"}`));
