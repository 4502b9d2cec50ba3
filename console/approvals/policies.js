/** Which actions wait for a second person, from which amount, and who decides; admins set it. One call. */
import { html, useState } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { money, t } from "../shell/language.js";
import { Badge, Card, Dialog, Heading, Pages, Table, usePages } from "../shell/parts.js";
import * as session from "../shell/session.js";
import { amountLines, readLines } from "./amounts.js";
import { Versions } from "./versions.js";

/** @type {Record<string, "good" | "wait" | "bad" | "plain">} */
const CONTROL_KIND = { off: "plain", require: "wait", block: "bad" };
const CONTROLS = ["off", "require", "block"];
const AMOUNTS_SHOWN = 3;

export default function Policies() {
  const pages = usePages(() => api.get("/v1/approval-policies"), []);
  const columns = [
    { label: t("policies.action"), cell: (/** @type {any} */ row) => t(`approvals.action.${row.action}`) },
    { label: t("policies.control"), cell: (/** @type {any} */ row) => html`<${Badge} kind=${CONTROL_KIND[row.control]}>${t(`policies.control.${row.control}`)}<//>` },
    { label: t("policies.above"), cell: amountsOf },
    { label: t("policies.required"), cell: (/** @type {any} */ row) => row.required, numeric: true },
    { label: t("policies.roles"), cell: (/** @type {any} */ row) => row.roles.map((/** @type {string} */ one) => t(`role.${one}`)).join(", ") },
    { label: t("actions"), cell: (/** @type {any} */ row) => html`<div class="actions">${session.hasRole(["admin"]) && html`<${SetPolicy} policy=${row} done=${pages.reload} />`}<${History} action=${row.action} /></div>` },
  ];
  return html`
    <${Heading} title=${t("policies.title")} lead=${t("policies.lead")}><a class="button" href="#/ceilings">${t("ceilings.title")}</a><//>
    <${Card}>
      <${Pages} pages=${pages} empty=${t("policies.none")}>${(/** @type {any[]} */ rows) => html`<${Table}
        caption=${t("policies.title")} rows=${rows} keyOf=${(/** @type {any} */ row) => row.action} columns=${columns} />`}<//>
    <//>
  `;
}

/** @param {any} policy */
function amountsOf({ control, above, within_24h }) {
  if (control === "off") return "–";
  const all = Object.entries(above).map(([currency, amount]) => money(/** @type {string} */ (amount), currency));
  if (all.length === 0) return t("policies.always");
  const more = all.length - AMOUNTS_SHOWN;
  return html`<div>${all.slice(0, AMOUNTS_SHOWN).join(", ")}${more > 0 && ` ${t("policies.more", { count: more })}`}${within_24h && html`<br /><span class="quiet">${t("policies.in_24h")}</span>`}</div>`;
}

/** Earlier versions of a policy. @param {{ action: string }} props */
function History({ action }) {
  const [isOpen, setOpen] = useState(false);
  return html`<button type="button" onClick=${() => setOpen(true)}>${t("versions.title")}</button>
    ${isOpen && html`<${Dialog} title=${t(`approvals.action.${action}`)} onClose=${() => setOpen(false)}><${PolicyVersions} action=${action} />
      <div class="actions"><button type="button" class="primary" onClick=${() => setOpen(false)}>${t("close")}</button></div><//>`}`;
}

/** @param {{ action: string }} props */
function PolicyVersions({ action }) {
  const pages = usePages((cursor) => api.get("/v1/approval-policies/{action}/history", { params: { action }, query: { cursor } }), [action]);
  return html`<${Versions} pages=${pages} />`;
}

/** Set a policy; who decides stays as it is. @param {{ policy: any, done: () => void }} props */
function SetPolicy({ policy, done }) {
  const params = { action: policy.action };
  return html`<${ActButton} name=${`policy-${policy.action}-${policy.number}`} label=${t("policies.set")} title=${t(`approvals.action.${policy.action}`)} text=${t("policies.set_text")} done=${done}
    fields=${[
      { name: "control", label: t("policies.control"), kind: "select", options: CONTROLS.map((value) => ({ value, label: t(`policies.control.${value}`) })), initial: policy.control },
      { name: "above", label: t("policies.above"), hint: t("policies.above_hint"), kind: "textarea", initial: amountLines(policy.above), optional: true },
      { name: "within_24h", label: t("policies.in_24h"), kind: "checkbox", initial: policy.within_24h },
      { name: "required", label: t("policies.required"), kind: "select", options: [1, 2].map((value) => ({ value: String(value), label: String(value) })), initial: String(policy.required) },
      { name: "expires_hours", label: t("policies.expires_hours"), kind: "number", min: 1, max: 720, initial: String(policy.expires_hours), required: true },
    ]}
    request=${(/** @type {any} */ values) => api.put("/v1/approval-policies/{action}", { params, ifMatch: policy.number, body: bodyOf(values, policy.roles) })} />`;
}

/** @param {any} values @param {string[]} roles */
function bodyOf({ control, above, within_24h, required, expires_hours }, roles) {
  return { control, above: readLines(above), within_24h, required: Number(required), expires_hours: Number(expires_hours), roles };
}
