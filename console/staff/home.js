/** What waits for staff: approvals, alerts and messages, the longest waiting first where the API has them so. Three calls. */
import { html } from "../vendor/preact.js";
import { plainSummary } from "../approvals/summary.js";
import { Notices } from "../dashboard/notices.js";
import { api } from "../shell/api.js";
import { bankDay, date, dateTime, t } from "../shell/language.js";
import { Badge, Card, Empty, Heading, Money, Resource, useResource } from "../shell/parts.js";
import * as session from "../shell/session.js";

const SHOWN = 5;
/** @type {Record<string, "good" | "wait" | "bad" | "plain">} */
const SEVERITY_KIND = { low: "plain", medium: "wait", high: "bad" };

export default function StaffHome() {
  const approvals = useResource(async () => (await api.get("/v1/approvals", { query: { status: "requested", limit: SHOWN } })).body, []);
  const alerts = useResource(async () => (await api.get("/v1/reports/risk", { query: { status: "open", limit: SHOWN } })).body, []);
  const tickets = useResource(async () => (await api.get("/v1/tickets", { query: { status: "open", limit: SHOWN } })).body, []);
  const name = session.profile.value?.first_name;
  return html`
    <${Heading} title=${name ? t("dashboard.welcome", { name }) : t("staff.title")} lead=${`${t(`role.${session.user.value?.role}`)} · ${date(bankDay())}`}>
      <a class="button primary" href="#/customers">${t("staff.find")}</a>
    <//>
    <${Notices} />
    <div class="grid">
      <${Waiting} title=${t("staff.approvals")} of=${approvals} place="#/approvals" empty=${t("staff.no_approvals")} row=${approvalRow} wide />
      <${Waiting} title=${t("staff.alerts")} of=${alerts} place="#/alerts" empty=${t("staff.no_alerts")} row=${alertRow} />
      <${Waiting} title=${t("staff.tickets")} of=${tickets} place="#/tickets" empty=${t("staff.no_tickets")} row=${ticketRow} />
    </div>
  `;
}

/** @param {{ title: string, of: any, place: string, empty: string, row: (one: any) => any, wide?: boolean }} props */
function Waiting({ title, of, place, empty, row, wide }) {
  return html`<${Card} title=${title} wide=${wide} aside=${html`<a href=${place}>${t("staff.all")}<span class="hidden">: ${title}</span></a>`}>
    <${Resource} of=${of} lines=${4}>${(/** @type {any} */ { data }) =>
      data.length === 0 ? html`<${Empty}>${empty}<//>` : html`<ul class="rows">${data.map((/** @type {any} */ one) => html`<li key=${one.id}>${row(one)}</li>`)}</ul>`}<//>
  <//>`;
}

/** @param {any} one */
const approvalRow = (one) => html`<a class="row tall" href="#/approvals">
  <div><span class="row-title">${t(`approvals.action.${one.action}`)}</span><span class="quiet">${plainSummary(one.summary)}</span></div>
  <div>${one.amount && html`<${Money} amount=${one.amount} currency=${one.currency} strong /><br />`}<span class="quiet">${dateTime(one.created_at)}</span></div>
</a>`;

/** @param {any} one */
const alertRow = (one) => html`<a class="row" href="#/alerts">
  <div><span class="row-title">${one.reasons.map((/** @type {any} */ reason) => t(`alerts.reason.${reason.code}`)).join(", ")}</span><span class="quiet">${dateTime(one.created_at)}</span></div>
  <div><${Badge} kind=${SEVERITY_KIND[one.severity]}>${t(`alerts.severity.${one.severity}`)}<//></div>
</a>`;

/** @param {any} one */
const ticketRow = (one) => html`<a class="row" href=${`#/tickets/${one.id}`}>
  <div><span class="row-title">${one.subject ?? t("customers.erased")}</span><span class="quiet">${dateTime(one.created_at)}</span></div>
</a>`;
