/** What was changed of an account, when and by whom: opening, freezing with its reason, holders, PINs. One call. */
import { html } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { dateTime, maybe, number, t } from "../shell/language.js";
import { Card, Heading, Pages, usePages } from "../shell/parts.js";

/** @param {{ params: { account_id: string } }} props */
export default function Changes({ params }) {
  const pages = usePages((cursor) => api.get("/v1/accounts/{account_id}/changes", { params, query: { cursor } }), [params.account_id]);
  return html`
    <${Heading} title=${t("changes.title")} lead=${t("changes.lead")}><a class="button" href=${`#/accounts/${params.account_id}`}>${t("account.title")}</a><//>
    <${Card}>
      <${Pages} pages=${pages} empty=${t("changes.none")} endless>${(/** @type {any[]} */ rows) => html`<ol class="rows">${rows.map(
        (row) => html`<li key=${row.at + row.event} class="row tall">
          <div><span class="row-title">${maybe(`change.${row.event}`) ?? row.event}</span>${fieldsOf(row).map((field) => html`<${Field} key=${field} row=${row} field=${field} />`)}</div>
          <span class="quiet">${maybe(`changes.by.${row.actor_role}`) ?? t(`role.${row.actor_role}`)} · ${dateTime(row.at)}</span>
        </li>`,
      )}</ol>`}<//>
    <//>
  `;
}

/** Fields that say nothing to people, or never change. */
const HIDDEN = ["account_number", "branch_id", "currency", "customer_id", "frozen_by", "type"];

/** @param {{ row: any, field: string }} props */
function Field({ row, field }) {
  const name = maybe(`changes.field.${field}`) ?? field;
  if (row.changed.includes(field)) return html`<span class="quiet">${name}<br /></span>`;
  const [before, after] = [row.before?.[field], row.after?.[field]].map((value) => shown(field, value));
  return html`<span class="quiet">${name}: ${before && `${before} → `}${after || "–"}<br /></span>`;
}

/** Return the fields that a change touched; of an opening, none: the account itself says them. @param {any} row @returns {string[]} */
function fieldsOf(row) {
  if (row.event === "account.created") return [];
  return [...new Set([...Object.keys(row.before ?? {}), ...Object.keys(row.after ?? {}), ...row.changed])].filter((field) => !HIDDEN.includes(field)).sort();
}

/** @param {string} field @param {any} value */
function shown(field, value) {
  if (value === undefined || value === null) return "";
  if (field === "holders") return value.map((/** @type {any} */ one) => `··${one.customer_id.slice(-4)} ${t(`holders.rights.${one.rights}`)}`).join(", ") || "–";
  if (/^-?\d+\.\d+$/.test(value)) return number(value, { minimumFractionDigits: value.split(".")[1].length });
  const words = { status: `account.status.${value}`, rights: `holders.rights.${value}` };
  return maybe(words[/** @type {"status"} */ (field)] ?? "") ?? (typeof value === "object" ? JSON.stringify(value) : String(value));
}
