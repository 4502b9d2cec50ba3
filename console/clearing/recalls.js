/** Payments that came in and that other banks ask back: what they say, until when, and the answer of a manager. One call. */
import { html, useState } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { date, t } from "../shell/language.js";
import { Badge, Card, Heading, Money, Pages, Table, usePages } from "../shell/parts.js";
import * as session from "../shell/session.js";

const STATUSES = ["open", "answering", "returned", "refused"];
const REFUSALS = ["CUST", "NOAS", "LEGL", "AM04", "AC04"];
const OPERATING = ["manager", "admin"];
/** @type {Record<string, "good" | "wait" | "bad" | "plain">} */
const STATUS_KIND = { open: "wait", answering: "wait", returned: "good", refused: "plain" };

export default function Recalls() {
  const [status, setStatus] = useState("open");
  const pages = usePages((cursor) => api.get("/v1/clearing/recalls", { query: { status, cursor } }), [status]);
  const mayAnswer = status === "open" && session.hasRole(OPERATING);
  return html`
    <${Heading} title=${t("recalls.title")} lead=${t("recalls.lead")}><a class="button" href="#/clearing">${t("clearing.title")}</a><//>
    <${Card}>
      <div class="field"><label for="recall-status">${t("approvals.show")}</label>
        <select id="recall-status" value=${status} onChange=${(/** @type {any} */ event) => setStatus(event.target.value)}>
          ${STATUSES.map((one) => html`<option key=${one} value=${one} selected=${one === status}>${t(`recalls.status.${one}`)}</option>`)}
        </select></div>
      <${Pages} pages=${pages} empty=${t("recalls.none")}>${(/** @type {any[]} */ rows) => html`<${Table}
        caption=${t("recalls.title")} rows=${rows}
        columns=${[
          { label: t("orders.amount"), numeric: true, cell: (row) => html`<a href=${`#/payments/${row.transaction_id}`}><${Money} amount=${row.amount} currency=${row.currency} strong /></a>` },
          { label: t("recalls.reason"), cell: (row) => html`<span class="figures">${row.reason.code}</span><br /><span class="quiet" lang="en">${row.reason.detail}</span>` },
          { label: t("recalls.payee"), cell: (row) => html`<a href=${`#/customers/${row.customer_id}`}>${t("customer.title")}</a>` },
          { label: t("recalls.answer_by"), cell: (row) => date(row.answer_by) },
          { label: t("orders.status"), cell: (row) => html`<${Badge} kind=${STATUS_KIND[row.status]}>${t(`recalls.status.${row.status}`)}<//>${row.refusal && html`<br /><span class="quiet" lang="en">${row.refusal.detail}</span>`}` },
          { label: t("actions"), cell: (row) => html`<div class="actions">
            ${row.return_id && html`<a class="button" href=${`#/payments/${row.return_id}`}>${t("payment.type.payment_return")}</a>`}
            ${mayAnswer && html`<${Answer} recall=${row} reload=${pages.reload} />`}
          </div>` },
        ]} />`}<//>
    <//>
  `;
}

/** Give the money back, for which two people may be needed, or keep it. @param {{ recall: any, reload: () => void }} props */
function Answer({ recall, reload }) {
  const params = { recall_id: recall.id };
  return html`
    <${ActButton} name=${`accept-${recall.id}`} label=${t("recalls.accept")} text=${t("recalls.accept_text")} danger done=${reload}
      fields=${[{ name: "reason", label: t("reason"), hint: t("recalls.accept_hint"), required: true, maxlength: 200 }]}
      request=${(/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/clearing/recalls/{recall_id}/accept", { params, key, body: values })} />
    <${ActButton} name=${`refuse-${recall.id}`} label=${t("recalls.refuse")} text=${t("recalls.refuse_text")} done=${reload}
      fields=${[{ name: "code", label: t("reason"), kind: "select", options: REFUSALS.map((value) => ({ value, label: t(`recalls.refusal.${value}`) })), initial: "CUST" }]}
      request=${(/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/clearing/recalls/{recall_id}/refuse", { params, key, body: values })} />
  `;
}
