/** What moved in a range of days, as figures, a chart and tables, for the bank or a branch, and as a file. Two calls. */
import { html } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { sum } from "../shell/decimals.js";
import { Field } from "../shell/forms.js";
import { bankDay, date, money, month, number, shortDate, t } from "../shell/language.js";
import { Card, Empty, Heading, Money, Resource, Table, useResource } from "../shell/parts.js";
import { setQuery } from "../shell/router.js";
import { BarChart } from "./bar_chart.js";
import { Export } from "./export.js";

const DAYS_SHOWN = 30;
const PERIODS = ["day", "week", "month"];

/** @param {{ query: Record<string, string> }} props */
export default function Reports({ query }) {
  const asked = { from: query.from || bankDay(1 - DAYS_SHOWN), to: query.to || bankDay(), by: query.by || "day", branch_id: query.branch_id || "" };
  const { from, to, by, branch_id } = asked;
  const summary = useResource(async () => (await api.get("/v1/reports/summary", { query: { from, to, by, branch_id } })).body, [from, to, by, branch_id]);
  const branches = useResource(async () => (await api.get("/v1/branches", { query: { limit: 100 } })).body.data, []);
  return html`
    <${Heading} title=${t("reports.title")} lead=${t("reports.lead", { from: date(from), to: date(to) })} />
    <div class="grid">
      <${Card} wide><${Filters} asked=${asked} chosen=${query} branches=${branches} /><//>
      <${Resource} of=${summary} lines=${8}>${(/** @type {any} */ value) => html`<${Figures} summary=${value} currency=${query.currency} choose=${(/** @type {string} */ currency) => setQuery({ ...query, currency })} />`}<//>
      <${Card} title=${t("reports.file")} wide><${Export} key=${JSON.stringify(asked)} range=${asked} /><//>
    </div>
  `;
}

/** @param {{ asked: any, chosen: Record<string, string>, branches: any }} props */
function Filters({ asked, chosen, branches }) {
  const form = { name: "reports", values: asked, errors: {}, isLocked: false, set: (/** @type {string} */ field, /** @type {string} */ value) => setQuery({ ...chosen, [field]: value }) };
  return html`<div class="filters">
    <${Field} form=${form} name="from" label=${t("history.from")} kind="date" max=${asked.to} />
    <${Field} form=${form} name="to" label=${t("history.to")} kind="date" min=${asked.from} max=${bankDay()} />
    <${Field} form=${form} name="by" label=${t("reports.by")} kind="select" options=${PERIODS.map((value) => ({ value, label: t(`reports.by.${value}`) }))} />
    <${Resource} of=${branches} lines=${1}>${(/** @type {any[]} */ all) =>
      html`<${Field} form=${form} name="branch_id" label=${t("reports.where")} kind="select" options=${places(all, asked.branch_id)} />`}<//>
  </div>`;
}

/** Return the bank and its branches; a chosen one that lists do not have yet is named by its id. @param {any[]} branches @param {string} chosen */
function places(branches, chosen) {
  const known = branches.map((one) => ({ value: one.id, label: one.name }));
  const isMissing = chosen && !branches.some((one) => one.id === chosen);
  return [{ value: "", label: t("reports.whole_bank") }, ...known, ...(isMissing ? [{ value: chosen, label: chosen }] : [])];
}

/** @param {{ summary: any, currency: string | undefined, choose: (currency: string) => void }} props */
function Figures({ summary, currency, choose }) {
  const currencies = [...new Set(summary.totals.map((/** @type {any} */ one) => one.currency))];
  if (currencies.length === 0) return html`<${Card} wide><${Empty}>${t("reports.none")}<//><//>`;
  const shown = currency && currencies.includes(currency) ? currency : mostUsed(summary.totals);
  const lines = summary.totals.filter((/** @type {any} */ one) => one.currency === shown);
  const bars = summary.periods.map((/** @type {any} */ one) => barOf(one, shown, summary.by));
  const total = (/** @type {string} */ name) => sum(lines.map((/** @type {any} */ one) => one[name]));
  const choice = currencies.length > 1 && html`<div class="choice" role="group" aria-label=${t("trial.currency")}>${currencies.map(
    (/** @type {any} */ one) => html`<button key=${one} type="button" aria-pressed=${one === shown ? "true" : "false"} onClick=${() => choose(one)}>${one}</button>`,
  )}</div>`;
  return html`
    <${Card} title=${t("reports.moved", { currency: shown })} aside=${choice} wide>
      <dl class="figures-row">
        <div><dt>${t("reports.count")}</dt><dd>${number(lines.reduce((/** @type {number} */ all, /** @type {any} */ one) => all + one.count, 0))}</dd></div>
        <div><dt>${t("reports.in")}</dt><dd><${Money} amount=${total("total_in")} currency=${shown} /></dd></div>
        <div><dt>${t("reports.out")}</dt><dd><${Money} amount=${total("total_out")} currency=${shown} /></dd></div>
      </dl>
      <${BarChart} bars=${bars} currency=${shown} summary=${t("reports.chart", { in: money(total("total_in"), shown), out: money(total("total_out"), shown) })} />
      <p class="hint">${t("reports.hint")}</p>
      <details><summary>${t("reports.as_table")}</summary><${Table} caption=${t("reports.as_table")} rows=${bars} keyOf=${(/** @type {any} */ row) => row.title}
        columns=${[{ label: t("reports.period"), cell: (row) => row.name }, ...columnsOf(shown)]} /></details>
    <//>
    <${Card} title=${t("reports.by_type")} wide><${Table} caption=${t("reports.by_type")} rows=${lines} keyOf=${(/** @type {any} */ row) => row.type + row.category}
      columns=${[{ label: t("payment.kind"), cell: (row) => t(`payment.type.${row.type}`) }, { label: t("reports.count"), numeric: true, cell: (row) => number(row.count) }, ...columnsOf(shown)]} /><//>
  `;
}

/** @param {string} currency */
const columnsOf = (currency) => ["in", "out"].map((name) => ({ label: t(`reports.${name}`), numeric: true, cell: (/** @type {any} */ row) => html`<${Money} amount=${row[`total_${name}`]} currency=${currency} />` }));

/** Return the currency with the most transactions. @param {any[]} totals @returns {string} */
function mostUsed(totals) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { currency, count } of totals) counts.set(currency, (counts.get(currency) ?? 0) + count);
  return [...counts].sort(([, one], [, other]) => other - one)[0][0];
}

/** @param {any} period @param {string} currency @param {string} by */
function barOf(period, currency, by) {
  const lines = period.lines.filter((/** @type {any} */ one) => one.currency === currency);
  const total_in = sum(lines.map((/** @type {any} */ one) => one.total_in));
  const total_out = sum(lines.map((/** @type {any} */ one) => one.total_out));
  const name = by === "month" ? month(period.from.slice(0, 7)) : by === "day" ? date(period.from) : `${date(period.from)} – ${date(period.to)}`;
  const title = `${name}: ${t("reports.in")} ${money(total_in, currency)}, ${t("reports.out")} ${money(total_out, currency)}`;
  return { name, title, label: by === "month" ? name : shortDate(period.from), in: Number(total_in), out: Number(total_out), total_in, total_out };
}
