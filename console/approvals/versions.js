/** Earlier versions of a setting: who set each, when, and what it changed against the one before. */
import { html } from "../vendor/preact.js";
import { maybe, money, t } from "../shell/language.js";
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
    .map((path) => `${wordsOf(path)}: ${then.has(path) ? `${shown(path, then.get(path))} → ` : ""}${shown(path, now.get(path))}`);
}

/** Where the words for a part of a path may be. */
const WORDS = ["alerts.reason", "thresholds.figure", "role", "approvals.action", "alerts.severity", "thresholds", "policies"];
/** Parts that all paths of a setting begin with. */
const SILENT = ["rules", "ceilings"];

/** Return a path for people: "rules.velocity_count.points" is "Many payments in a short time · Points". @param {string} path */
function wordsOf(path) {
  const parts = path.split(".").filter((part) => !SILENT.includes(part));
  return parts.map((part) => WORDS.map((place) => maybe(`${place}.${part}`)).find(Boolean) ?? part.replaceAll("_", " ")).join(" · ");
}

/** @param {string} path @param {string | undefined} value */
function shown(path, value) {
  if (value === undefined) return "–";
  const currency = /\.([A-Z]{3})$/.exec(path)?.[1];
  if (currency && /^\d+(\.\d+)?$/.test(value)) return money(value, currency);
  return maybe(`policies.control.${value}`) ?? maybe(`thresholds.action.${value}`) ?? value;
}

/** Return each value by its path. @param {any} value @returns {Map<string, string>} */
function leaves(value, path = "") {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return new Map([[path, String(value)]]);
  const parts = Object.entries(value).filter(([name]) => path || !ABOUT.includes(name));
  return new Map(parts.flatMap(([name, part]) => [...leaves(part, path ? `${path}.${name}` : name)]));
}
