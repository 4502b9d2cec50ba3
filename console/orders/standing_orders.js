/** What an owner's accounts pay by themselves: standing orders, and payments on a date. Two calls. */
import { html } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { date, t } from "../shell/language.js";
import { Badge, Card, ConfirmButton, Heading, Money, Pages, Table, usePages } from "../shell/parts.js";
import { useKnownNames } from "../accounts/known_names.js";
import { frequencyText, STATUS_KIND } from "./words.js";

export default function StandingOrders() {
  const orders = usePages((cursor) => api.get("/v1/standing-orders", { query: { cursor } }), []);
  const scheduled = usePages((cursor) => api.get("/v1/scheduled-payments", { query: { cursor } }), []);
  return html`
    <${Heading} title=${t("orders.title")} lead=${t("orders.lead")}>
      <a class="button primary" href="#/standing-orders/new">${t("orders.new")}</a>
    <//>
    <${Card} title=${t("orders.standing")}>
      <${Pages} pages=${orders} empty=${t("orders.none")}>${(/** @type {any[]} */ rows) => html`<${Table}
        caption=${t("orders.standing")}
        rows=${rows}
        columns=${[
          { label: t("orders.what"), cell: (row) => html`<div><a href=${`#/standing-orders/${row.id}`}>${row.memo ?? t("orders.unnamed")}</a><${Payee} of=${row} /></div>` },
          { label: t("orders.how_often"), cell: (row) => frequencyText(row.frequency, row.start) },
          { label: t("orders.next"), cell: (row) => (row.status === "active" && row.next[0] ? date(row.next[0].execution_date) : "–") },
          { label: t("orders.status"), cell: (row) => html`<${Badge} kind=${STATUS_KIND[row.status]}>${t(`orders.status.${row.status}`)}<//>` },
          { label: t("orders.amount"), numeric: true, cell: (row) => html`<${Money} amount=${row.amount} currency=${row.currency} />` },
        ]} />`}<//>
    <//>
    <${Card} title=${t("orders.scheduled")}>
      <${Pages} pages=${scheduled} empty=${t("orders.none_scheduled")}>${(/** @type {any[]} */ rows) => html`<${Table}
        caption=${t("orders.scheduled")}
        rows=${rows}
        columns=${[
          { label: t("orders.what"), cell: (row) => html`<div>${row.memo ?? t("orders.unnamed_payment")}<${Payee} of=${row} /></div>` },
          { label: t("orders.date"), cell: (row) => date(row.execution_date) },
          { label: t("orders.status"), cell: (row) => html`<${Badge} kind=${STATUS_KIND[row.status]}>${t(`orders.status.${row.status}`)}<//>` },
          { label: t("orders.amount"), numeric: true, cell: (row) => html`<${Money} amount=${row.amount} currency=${row.currency} />` },
          { label: t("actions"), cell: (row) => row.status === "scheduled" && html`<${CancelScheduled} payment=${row} reload=${scheduled.reload} />` },
        ]} />`}<//>
    <//>
  `;
}

/** Whom it pays, if the customer has named them, or they are at another bank. @param {{ of: any }} props */
function Payee({ of }) {
  const [known] = useKnownNames([of.to_beneficiary_id ?? of.to_account_id]);
  const name = of.to_name ?? known;
  return name && html`<br /><span class="quiet">${t("orders.to", { name })}</span>`;
}

/** @param {{ payment: any, reload: () => void }} props */
function CancelScheduled({ payment, reload }) {
  const cancel = async () => {
    await api.delete("/v1/scheduled-payments/{payment_id}", { params: { payment_id: payment.id } });
    reload();
  };
  return html`<${ConfirmButton} question=${t("orders.cancel_payment_question", { date: date(payment.execution_date) })} confirm=${t("orders.cancel_payment")} onConfirm=${cancel}>${t("orders.cancel_payment")}<//>`;
}
