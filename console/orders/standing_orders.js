/** What an owner's accounts pay by themselves: standing orders, or payments on a date. One call, and two for the names of payees. */
import { html } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { date, t } from "../shell/language.js";
import { Card, ConfirmButton, Heading, Pages, Table, usePages } from "../shell/parts.js";
import { setQuery } from "../shell/router.js";
import { amountColumn, Payee, Standing, statusColumn } from "./standing.js";

/** @param {{ query: Record<string, string> }} props */
export default function StandingOrders({ query }) {
  const shown = query.show === "scheduled" ? "scheduled" : "standing";
  const choice = html`<div class="choice" role="group" aria-label=${t("approvals.show")}>${["standing", "scheduled"].map(
    (one) => html`<button key=${one} type="button" aria-pressed=${one === shown ? "true" : "false"} onClick=${() => setQuery({ show: one === "scheduled" ? one : "" })}>${t(`orders.${one}`)}</button>`,
  )}</div>`;
  return html`
    <${Heading} title=${t("orders.title")} lead=${t("orders.lead")}>
      <a class="button primary" href="#/standing-orders/new">${t("orders.new")}</a>
    <//>
    <${Card}>${choice}${shown === "standing" ? html`<${Standing} />` : html`<${Scheduled} />`}<//>
  `;
}

function Scheduled() {
  const scheduled = usePages((cursor) => api.get("/v1/scheduled-payments", { query: { cursor } }), []);
  return html`<${Pages} pages=${scheduled} empty=${t("orders.none_scheduled")}>${(/** @type {any[]} */ rows) => html`<${Table}
    caption=${t("orders.scheduled")}
    rows=${rows}
    columns=${[
      { label: t("orders.what"), cell: (row) => html`<div class="text">${row.memo ?? t("orders.unnamed_payment")}<${Payee} of=${row} /></div>` },
      { label: t("orders.date"), cell: (row) => date(row.execution_date) },
      statusColumn(),
      amountColumn(),
      { label: t("actions"), cell: (row) => row.status === "scheduled" && html`<${CancelScheduled} payment=${row} reload=${scheduled.reload} />` },
    ]} />`}<//>`;
}

/** @param {{ payment: any, reload: () => void }} props */
function CancelScheduled({ payment, reload }) {
  const cancel = async () => {
    await api.delete("/v1/scheduled-payments/{payment_id}", { params: { payment_id: payment.id } });
    reload();
  };
  return html`<${ConfirmButton} question=${t("orders.cancel_payment_question", { date: date(payment.execution_date) })} confirm=${t("orders.cancel_payment")} onConfirm=${cancel}>${t("orders.cancel_payment")}<//>`;
}
