/** Alerts of risk with their reasons, and settling them. One call. */
import { html, useState } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { dateTime, number, t } from "../shell/language.js";
import { Badge, Card, Facts, Heading, Pages, usePages } from "../shell/parts.js";
import * as session from "../shell/session.js";

/** @type {Record<string, "good" | "wait" | "bad" | "plain">} */
const SEVERITY_KIND = { low: "plain", medium: "wait", high: "bad" };
const STATUSES = ["open", "confirmed", "dismissed"];
const SETTLING = ["manager", "admin"];

/** @param {{ query: Record<string, string> }} props */
export default function Alerts({ query }) {
  const { customer } = query;
  const [status, setStatus] = useState("open");
  const pages = usePages((cursor) => api.get("/v1/reports/risk", { query: { status, customer_id: customer, cursor } }), [status, customer]);
  return html`
    <${Heading} title=${t("alerts.title")} lead=${t(customer ? "alerts.lead_one" : "alerts.lead")}>${customer && html`<a class="button" href=${`#/customers/${customer}`}>${t("customer.title")}</a>`}<a class="button" href="#/risk-thresholds">${t("thresholds.title")}</a><//>
    <${Card}>
      <div class="field"><label for="alert-status">${t("approvals.show")}</label>
        <select id="alert-status" value=${status} onChange=${(/** @type {any} */ event) => setStatus(event.target.value)}>
          ${STATUSES.map((one) => html`<option key=${one} value=${one} selected=${one === status}>${t(`alerts.status.${one}`)}</option>`)}
        </select>
      </div>
    <//>
    <${Pages} pages=${pages} empty=${t("alerts.none")}>${(/** @type {any[]} */ rows) => html`<div class="stack spaced">${rows.map(
      (row) => html`<${Alert} key=${row.id} alert=${row} reload=${pages.reload} />`,
    )}</div>`}<//>
  `;
}

/** @param {{ alert: any, reload: () => void }} props */
function Alert({ alert, reload }) {
  const reasons = alert.reasons.map((/** @type {any} */ one) => t(`alerts.reason.${one.code}`)).join(", ");
  return html`<${Card} title=${reasons} aside=${html`<${Badge} kind=${SEVERITY_KIND[alert.severity]}>${t(`alerts.severity.${alert.severity}`)}<//>`}>
    <${Facts} rows=${[
      [t("alerts.at"), dateTime(alert.created_at)],
      [t("alerts.score"), alert.score],
      ...alert.reasons.flatMap(figuresOf),
      [t("alerts.effect"), t(alert.declined ? "alerts.declined" : alert.held_for_review ? "alerts.held" : "alerts.noted")],
      [t("alerts.note"), alert.note],
    ]} />
    <div class="actions">
      <a class="button" href=${`#/payments/${alert.transaction_id}`}>${t("alerts.payment")}</a>
      <a class="button" href=${`#/customers/${alert.customer_id}`}>${t("customer.title")}</a>
      ${alert.status === "open" && session.hasRole(SETTLING) && html`<${Settle} alert=${alert} outcome="confirmed" reload=${reload} /><${Settle} alert=${alert} outcome="dismissed" reload=${reload} />`}
    </div>
  <//>`;
}

/** Return what met a rule, such as how many payments in how many hours. @param {{ figures: Record<string, any> }} reason */
const figuresOf = ({ figures }) => Object.entries(figures).map(([name, value]) => /** @type {[string, any]} */ ([t(`alerts.figure.${name}`), figure(value)]));

/** @param {number | string} value an amount is text with decimals, in the currency of the payment */
const figure = (value) => number(value, { minimumFractionDigits: String(value).split(".")[1]?.length ?? 0 });

/** @param {{ alert: any, outcome: "confirmed" | "dismissed", reload: () => void }} props */
function Settle({ alert, outcome, reload }) {
  return html`<${ActButton} name=${`${outcome}-${alert.id}`} label=${t(`alerts.settle.${outcome}`)} done=${reload}
    fields=${[{ name: "note", label: t("alerts.note"), required: true, maxlength: 500 }]}
    request=${({ note }, key) => api.post("/v1/reports/risk/{alert_id}/settle", { params: { alert_id: alert.id }, key, body: { outcome, note } })} />`;
}
