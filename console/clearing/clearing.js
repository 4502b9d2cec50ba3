/** Payments at the clearing by state, with their traces and what staff may do, and its cycles. Two calls. */
import { html, useState } from "../vendor/preact.js";
import { STATE_KIND, Trace } from "../payments/trace.js";
import { reasonOf } from "../payments/words.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { date, dateTime, number, t } from "../shell/language.js";
import { Badge, Card, Dialog, Facts, Heading, Moment, Money, Pages, Table, usePages } from "../shell/parts.js";
import * as session from "../shell/session.js";

const STATES = ["submitted", "queued", "recall_requested", "returned", "rejected", "settled"];
const RAILS = ["instant", "standard"];
const OPERATING = ["manager", "admin"];
/** @type {Record<string, "good" | "wait" | "bad" | "plain">} */
const CYCLE_KIND = { collecting: "wait", waiting: "wait", closed: "good" };

export default function Clearing() {
  return html`
    <${Heading} title=${t("clearing.title")} lead=${t("clearing.lead")}><a class="button" href="#/clearing/recalls">${t("recalls.title")}</a><a class="button" href="#/clearing/reconciliation">${t("reconciliation.title")}</a><//>
    <div class="stack"><${Payments} /><${Cycles} /></div>
  `;
}

function Payments() {
  const [state, setState] = useState("submitted");
  const [rail, setRail] = useState("");
  const pages = usePages((cursor) => api.get("/v1/clearing/payments", { query: { state, rail, cursor } }), [state, rail]);
  return html`<${Card} title=${t("clearing.payments")}>
    <div class="filters">
      <div class="field"><label for="clearing-state">${t("approvals.show")}</label>
        <select id="clearing-state" value=${state} onChange=${(/** @type {any} */ event) => setState(event.target.value)}>
          ${STATES.map((one) => html`<option key=${one} value=${one} selected=${one === state}>${t(`payment.state.${one}`)}</option>`)}
        </select></div>
      <div class="field"><label for="clearing-rail">${t("payment.way")}</label>
        <select id="clearing-rail" value=${rail} onChange=${(/** @type {any} */ event) => setRail(event.target.value)}>
          <option value="" selected=${rail === ""}>${t("clearing.both")}</option>
          ${RAILS.map((one) => html`<option key=${one} value=${one} selected=${one === rail}>${t(`payment.rail.${one}`)}</option>`)}
        </select></div>
    </div>
    <${Pages} pages=${pages} empty=${t("clearing.no_payments")}>${(/** @type {any[]} */ rows) => html`<${Table}
      caption=${t("clearing.payments")} rows=${rows} keyOf=${(/** @type {any} */ row) => row.transaction_id}
      columns=${[
        { label: t("orders.amount"), numeric: true, cell: (row) => html`<${Money} amount=${row.amount} currency=${row.currency} strong />` },
        { label: t("payment.way"), cell: (row) => html`${t(`payment.rail.${row.rail}`)}${row.cycle && html`<br /><span class="quiet figures">${t("clearing.cycle", { cycle: row.cycle })}</span>`}` },
        { label: t("orders.status"), cell: (row) => html`<${Badge} kind=${STATE_KIND[row.state]}>${t(`payment.state.${row.state}`)}<//>${row.reason && html`<br /><span class="quiet">${reasonOf(row.reason)}</span>`}` },
        { label: t("payment.submit_by"), cell: (row) => html`<${Moment} at=${row.submit_by} />` },
        { label: t("actions"), cell: (row) => html`<${PaymentActs} payment=${row} reload=${pages.reload} />` },
      ]} />`}<//>
  <//>`;
}

/** @param {{ payment: any, reload: () => void }} props */
function PaymentActs({ payment, reload }) {
  const params = { transaction_id: payment.transaction_id };
  const mayAsk = session.hasRole(OPERATING) && payment.state === "submitted";
  const version = payment.trace.length;
  const mayForward = session.hasRole(OPERATING) && payment.state === "returned"
    && !payment.trace.some((/** @type {any} */ one) => one.what === "forwarded"); // the API knows whether money waits
  const mayEnd = mayAsk && payment.trace.some((/** @type {any} */ one) => one.what === "inquired"); // the API refuses it before
  return html`<div class="actions">
    <${Details} payment=${payment} />
    ${mayAsk && html`
      <${ActButton} name=${`inquire-${payment.transaction_id}-${version}`} label=${t("clearing.inquire")} text=${t("clearing.inquire_text")} done=${reload}
        request=${(/** @type {any} */ _values, /** @type {string} */ key) => api.post("/v1/clearing/payments/{transaction_id}/inquire", { params, key })} />
      <${ActButton} name=${`send-${payment.transaction_id}-${version}`} label=${t("clearing.send")} text=${t("clearing.send_text")} done=${reload}
        request=${(/** @type {any} */ _values, /** @type {string} */ key) => api.post("/v1/clearing/payments/{transaction_id}/send", { params, key })} />
    `}
    ${mayEnd && html`
      <${ActButton} name=${`settle-${payment.transaction_id}-${version}`} label=${t("clearing.settle")} text=${t("clearing.settle_text")} fields=${[reason()]} danger done=${reload}
        request=${(/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/clearing/payments/{transaction_id}/settle", { params, key, body: values })} />
      <${ActButton} name=${`void-${payment.transaction_id}-${version}`} label=${t("clearing.void")} text=${t("clearing.void_text")} fields=${[reason()]} danger done=${reload}
        request=${(/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/clearing/payments/{transaction_id}/void", { params, key, body: values })} />`}
    ${mayForward && html`
      <${ActButton} name=${`forward-${payment.transaction_id}-${version}`} label=${t("clearing.forward")} text=${t("clearing.forward_text")} fields=${[account()]} done=${reload}
        request=${(/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/clearing/payments/{transaction_id}/forward", { params, key, body: values })} />`}
  </div>`;
}

const account = () => ({ name: "account_id", label: t("clearing.forward_account"), required: true, maxlength: 40 });

const reason = () => ({ name: "reason", label: t("reason"), hint: t("clearing.reason_hint"), required: true, maxlength: 200 });

/** The way of a payment so far, and the names that both banks know it by. @param {{ payment: any }} props */
function Details({ payment }) {
  const [isOpen, setOpen] = useState(false);
  const code = (/** @type {string | null} */ text) => text && html`<span class="hash">${text}</span>`;
  return html`<button type="button" onClick=${() => setOpen(true)}>${t("clearing.trace")}</button>
    ${isOpen && html`<${Dialog} title=${t("clearing.trace")} onClose=${() => setOpen(false)}>
      <${Facts} rows=${[
        [t("payment.settlement_date"), date(payment.settlement_date)],
        ["UETR", code(payment.uetr)],
        [t("clearing.end_to_end"), code(payment.end_to_end_id)],
        [t("clearing.message"), code(payment.message_id)],
      ]} />
      <${Trace} steps=${payment.trace} />
      <div class="actions">
        <a class="button" href=${`#/customers/${payment.customer_id}`}>${t("customer.title")}</a>
        ${payment.return_id && html`<a class="button" href=${`#/payments/${payment.return_id}`}>${t("payment.type.payment_return")}</a>`}
        <a class="button primary" href=${`#/payments/${payment.transaction_id}`}>${t("alerts.payment")}</a>
      </div>
    <//>`}`;
}

function Cycles() {
  const pages = usePages((cursor) => api.get("/v1/clearing/cycles", { query: { cursor, limit: 10 } }), []);
  const count = (/** @type {number | null} */ value) => (value === null ? "–" : number(value));
  return html`<${Card} title=${t("clearing.cycles")}>
    <${Pages} pages=${pages} empty=${t("clearing.no_cycles")}>${(/** @type {any[]} */ rows) => html`<${Table}
      caption=${t("clearing.cycles")} rows=${rows}
      columns=${[
        { label: t("clearing.name"), cell: (row) => html`<span class="figures">${row.id}</span>` },
        { label: t("clearing.cut_off"), cell: (row) => html`<${Moment} at=${row.cut_off} />` },
        { label: t("orders.status"), cell: (row) => html`<${Badge} kind=${CYCLE_KIND[row.status]}>${t(`clearing.status.${row.status}`)}<//>` },
        { label: t("clearing.count"), numeric: true, cell: (row) => count(row.payments) },
        { label: t("clearing.unanswered"), numeric: true, cell: (row) => count(row.unanswered) },
        { label: t("runs.completed"), cell: (row) => (row.closed_at ? dateTime(row.closed_at) : "–") },
      ]} />`}<//>
  <//>`;
}
