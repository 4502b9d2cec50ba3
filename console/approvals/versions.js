/** Earlier versions of a setting: who set each, when, and what it changed against the one before. */
import { html } from "../vendor/preact.js";
import { t } from "../shell/language.js";
import { Moment, Pages } from "../shell/parts.js";
import * as session from "../shell/session.js";
import { UserName } from "../users/user_name.js";

const NAMING = ["auditor", "admin"];
const ABOUT = ["number", "set_at", "set_by", "title", "action"];

/** @param {{ pages: any, skip?: (value: string) => boolean }} props `skip`: values that say nothing, such as of no limit */
export function Versions({ pages, skip = () => false }) {
  return html`<${Pages} pages=${pages} empty=${t("versions.none")}>${(/** @type {any[]} */ rows) => html`<ol class="rows">${rows.map(
    (row, index) => html`<li key=${row.number} class="row tall">
      <div><span class="row-title">${t("versions.number", { number: row.number })}</span>
        ${differences(row, rows[index + 1], skip).map((text) => html`<span key=${text} class="quiet figures">${text}<br /></span>`)}</div>
      <span class="quiet">${row.set_by && session.hasRole(NAMING) && html`<a href=${`#/users/${row.set_by}`}><${UserName} id=${row.set_by} /></a> · `}${row.set_at && html`<${Moment} at=${row.set_at} />`}</span>
    </li>`,
  )}</ol>`}<//>`;
}

/** Return what differs from the version before; of the oldest, all of it. @param {any} row @param {any} before @param {(value: string) => boolean} skip */
function differences(row, before, skip) {
  const [now, then] = [leaves(row), leaves(before ?? {})];
  return [...new Set([...now.keys(), ...then.keys()])]
    .filter((path) => now.get(path) !== then.get(path) && !(skip(now.get(path) ?? "") && !before))
    .map((path) => `${path}: ${then.has(path) ? `${then.get(path)} → ` : ""}${now.get(path) ?? "–"}`);
}

/** Return each value by its path. @param {any} value @returns {Map<string, string>} */
function leaves(value, path = "") {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return new Map([[path, String(value)]]);
  const parts = Object.entries(value).filter(([name]) => path || !ABOUT.includes(name));
  return new Map(parts.flatMap(([name, part]) => [...leaves(part, path ? `${path}.${name}` : name)]));
}
