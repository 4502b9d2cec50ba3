/** One branch: its cash now, the cash day, its opening hours. Three calls at most. */
import { html } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { country, t } from "../shell/language.js";
import { Card, Empty, Facts, Heading, Money, Resource, Table, useResource } from "../shell/parts.js";
import * as session from "../shell/session.js";
import { CashDay } from "./cash_day.js";
import { bodyOf, branchFields, hoursText, MANAGING, stretches, WEEKDAYS } from "./words.js";

/** @param {{ params: { branch_id: string }, query: Record<string, string> }} props */
export default function Branch({ params, query }) {
  const branch = useResource(async () => (await api.get("/v1/branches/{branch_id}", { params })).body, [params.branch_id]);
  const isManaging = session.hasRole(MANAGING);
  const others = useResource(async () => (isManaging ? await otherBranches(params.branch_id) : []), [params.branch_id]);
  if (!("value" in branch)) return html`<${Heading} title=${t("branches.one")} /><${Resource} of=${branch} lines=${8}>${() => null}<//>`;
  return html`<${Resource} of=${branch}>${(/** @type {any} */ one) => html`
    <${Heading} title=${one.name} lead=${[one.code, one.city, country(one.country)].filter(Boolean).join(" · ")}>
      <a class="button" href="#/branches">${t("branches.title")}</a>
    <//>
    <div class="grid">
      <${Cash} branch=${one} others=${isManaging ? others : null} reload=${branch.reload} />
      <${Hours} branch=${one} reload=${branch.reload} />
      <${CashDay} branch_id=${one.id} day=${query.date} version=${branch.at} />
    </div>`}<//>`;
}

/** @param {string} mine @returns {Promise<any[]>} */
async function otherBranches(mine) {
  const { data } = (await api.get("/v1/branches", { query: { limit: 100 } })).body;
  return data.filter((/** @type {any} */ one) => one.id !== mine);
}

/** What is in the branch at this moment, and moving some of it. @param {{ branch: any, others: any, reload: () => void }} props */
function Cash({ branch, others, reload }) {
  const columns = [
    { label: t("trial.currency"), cell: (/** @type {any} */ row) => row.currency },
    { label: t("branches.position"), numeric: true, cell: (/** @type {any} */ row) => html`<${Money} amount=${row.amount} currency=${row.currency} strong />` },
  ];
  const acts = { label: t("actions"), cell: (/** @type {any} */ row) => html`<${Resource} of=${others} lines=${1}>${(/** @type {any[]} */ all) => html`<${MoveCash} branch=${branch} cash=${row} others=${all} done=${reload} />`}<//>` };
  return html`<${Card} title=${t("branches.cash")}>
    ${branch.cash_position.length === 0
      ? html`<${Empty}>${t("branches.no_cash")}<//>`
      : html`<${Table} caption=${t("branches.cash")} rows=${branch.cash_position} keyOf=${(/** @type {any} */ row) => row.currency} columns=${others ? [...columns, acts] : columns} />`}
  <//>`;
}

/** @param {{ branch: any, cash: any, others: any[], done: () => void }} props */
function MoveCash({ branch, cash, others, done }) {
  const params = { branch_id: branch.id };
  if (others.length === 0) return html`<span class="quiet">${t("branches.no_other")}</span>`;
  return html`<${ActButton} name=${`vault-${branch.id}-${cash.currency}`} label=${t("branches.move")} text=${t("branches.move_text")} review done=${done}
    fields=${[
      { name: "to_branch_id", label: t("branches.move_to"), kind: "select", options: others.map((one) => ({ value: one.id, label: `${one.name} (${one.code})` })), initial: others[0].id },
      { name: "amount", label: t("orders.amount"), kind: "amount", currency: cash.currency, required: true },
      { name: "reason", label: t("reason"), maxlength: 200, optional: true },
    ]}
    request=${({ to_branch_id, amount, reason }, key) =>
      api.post("/v1/branches/{branch_id}/vault-movements", { params, key, body: { to_branch_id, amount, currency: cash.currency, ...(reason ? { reason } : {}) } })} />`;
}

/** @param {{ branch: any, reload: () => void }} props */
function Hours({ branch, reload }) {
  const hours = branch.opening_hours;
  return html`<${Card} title=${t("branches.hours")} aside=${session.hasRole(MANAGING) && html`<${Edit} branch=${branch} done=${reload} />`}>
    ${hours
      ? html`<${Facts} rows=${WEEKDAYS.map((day) => [t(`weekday.${day}`), html`<span class="figures">${hoursText(hours[day]) || t("branches.closed")}</span>`])} />`
      : html`<${Empty}>${t("branches.no_hours")}<//>`}
  <//>`;
}

/** Change name, place and opening hours; the code stays. @param {{ branch: any, done: () => void }} props */
function Edit({ branch, done }) {
  const params = { branch_id: branch.id };
  const hours = WEEKDAYS.map((day) => ({ name: day, label: t(`weekday.${day}`), initial: (branch.opening_hours?.[day] ?? []).join(", "), placeholder: "09:00-17:00", autocomplete: "off", optional: true }));
  return html`<${ActButton} name=${`branch-${branch.id}-${branch.version}`} label=${t("branches.edit")} text=${t("branches.hours_hint")} done=${done}
    fields=${[...branchFields(branch), ...hours]}
    request=${(/** @type {any} */ values) => api.patch("/v1/branches/{branch_id}", { params, ifMatch: branch.version, body: { ...bodyOf(values), opening_hours: hoursOf(values) } })} />`;
}

/** @param {any} values */
function hoursOf(values) {
  const given = WEEKDAYS.map((day) => [day, stretches(values[day])]).filter(([, all]) => all.length > 0);
  return given.length ? Object.fromEntries(given) : null;
}
