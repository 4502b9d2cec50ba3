/** Everything that waits for a second person, oldest first, and decisions on it. One call, one for the names of branches, and one for those of users. */
import { html, useState } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { dateTime, t } from "../shell/language.js";
import { Badge, Card, Facts, Heading, Money, Notice, Pages, usePages, useResource } from "../shell/parts.js";
import * as session from "../shell/session.js";
import { UserName } from "../users/user_name.js";
import { namesBranch, plainSummary, Summary } from "./summary.js";

/** @type {Record<string, "good" | "wait" | "bad" | "plain">} */
const STATUS_KIND = { requested: "wait", approved: "wait", executed: "good", failed: "bad", rejected: "bad", cancelled: "plain", expired: "plain" };
const AUDITING = ["auditor", "admin"];
const STATUSES = ["requested", "executed", "rejected", "failed", "cancelled", "expired"];

export default function Inbox() {
  const [status, setStatus] = useState("requested");
  const pages = usePages((cursor) => api.get("/v1/approvals", { query: { status, cursor } }), [status]);
  const hasBranches = pages.rows.some((/** @type {any} */ one) => namesBranch(one.summary));
  const branches = useResource(async () => (hasBranches ? (await api.get("/v1/branches", { query: { limit: 100 } })).body.data : []), [hasBranches]);
  return html`
    <${Heading} title=${t("approvals.title")} lead=${t("approvals.lead")} />
    <${Card}>
      <div class="field"><label for="approval-status">${t("approvals.show")}</label>
        <select id="approval-status" value=${status} onChange=${(/** @type {any} */ event) => setStatus(event.target.value)}>
          ${STATUSES.map((one) => html`<option key=${one} value=${one} selected=${one === status}>${t(`approvals.status.${one}`)}</option>`)}
        </select>
      </div>
    <//>
    <${Pages} pages=${pages} empty=${t("approvals.none")}>${(/** @type {any[]} */ rows) => html`<div class="stack spaced">${rows.map(
      (row) => html`<${Approval} key=${row.id} approval=${row} branches=${branches.value ?? []} reload=${pages.reload} />`,
    )}</div>`}<//>
  `;
}

/** @param {{ approval: any, branches: any[], reload: () => void }} props */
function Approval({ approval, branches, reload }) {
  const isOpen = approval.status === "requested";
  return html`<${Card} title=${t(`approvals.action.${approval.action}`)} aside=${html`<${Badge} kind=${STATUS_KIND[approval.status]}>${t(`approvals.status.${approval.status}`)}<//>`}>
    <p lang="en"><${Summary} text=${approval.summary} branches=${branches} /></p>
    <${Facts} rows=${[
      [t("orders.amount"), approval.amount && html`<${Money} amount=${approval.amount} currency=${approval.currency} strong />`],
      [t("approvals.why"), approval.reasons.map((/** @type {string} */ one) => t(`approvals.reason.${one}`)).join(", ")],
      [t("approvals.asked"), dateTime(approval.created_at)],
      [t("approvals.by"), session.hasRole(AUDITING) && html`<a href=${`#/users/${approval.requested_by}`}><${UserName} id=${approval.requested_by} /></a>`],
      [t("approvals.until"), isOpen && dateTime(approval.expires_at)],
      [t("approvals.decisions"), t("approvals.decided", { count: approval.decisions.length, required: approval.required })],
      [t("approvals.failure"), approval.failure?.detail],
    ]} />
    ${approval.decisions.length > 0 && html`<ul class="rows">${approval.decisions.map(
      (/** @type {any} */ one) => html`<li key=${one.by + one.at} class="row"><span>${t(`approvals.decision.${one.decision}`, { role: t(`role.${one.role}`) })} · ${dateTime(one.at)}</span><span class="quiet">${one.note}</span></li>`,
    )}</ul>`}
    ${isOpen && html`<${Decide} approval=${approval} summary=${plainSummary(approval.summary, branches)} reload=${reload} />`}
  <//>`;
}

/** Approve and reject for those who may; why not, for the others. @param {{ approval: any, summary: string, reload: () => void }} props */
function Decide({ approval, summary, reload }) {
  const params = { approval_id: approval.id };
  if (approval.requested_by === session.user.value?.id) {
    return html`<${Notice} kind="plain"><p>${t("approvals.own")}</p><//>
      <div class="actions"><${ActButton} name=${`cancel-${approval.id}`} label=${t("approvals.cancel")} text=${t("approvals.cancel_text")} done=${reload}
        request=${(/** @type {any} */ _values, /** @type {string} */ key) => api.post("/v1/approvals/{approval_id}/cancel", { params, key, body: {} })} /></div>`;
  }
  if (!session.hasRole(approval.roles)) return html`<p class="quiet">${t("approvals.roles", { roles: approval.roles.map((/** @type {string} */ one) => t(`role.${one}`)).join(", ") })}</p>`;
  return html`<div class="actions">
    <${ActButton} name=${`approve-${approval.id}`} label=${t("approvals.approve")} text=${summary} done=${reload}
      fields=${[{ name: "note", label: t("approvals.note"), maxlength: 200, optional: true }]}
      request=${({ note }, key) => api.post("/v1/approvals/{approval_id}/approve", { params, key, body: note ? { note } : {} })} />
    <${ActButton} name=${`reject-${approval.id}`} label=${t("approvals.reject")} text=${summary} danger done=${reload}
      fields=${[{ name: "reason", label: t("reason"), required: true, maxlength: 200 }]}
      request=${({ reason }, key) => api.post("/v1/approvals/{approval_id}/reject", { params, key, body: { reason } })} />
  </div>`;
}
