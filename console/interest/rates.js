/** What accounts earn: the rate of each kind, what comes next, and every rate that was set. Three calls. */
import { html } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { bankDay, date, dateTime, t } from "../shell/language.js";
import { Badge, Card, Facts, Heading, Pages, Resource, Table, usePages, useResource } from "../shell/parts.js";
import * as session from "../shell/session.js";
import { fractionOf, percent, typedPercent } from "./words.js";

const SETTING = ["manager", "admin"];
const AUDITING = ["auditor", "admin"];

export default function Rates() {
  const rates = useResource(async () => (await api.get("/v1/interest-rates")).body.data, []);
  return html`
    <${Heading} title=${t("rates.title")} lead=${t("rates.lead")} />
    <${Resource} of=${rates} lines=${6}>${(/** @type {any[]} */ all) => html`<div class="stack">${all.map(
      (one) => html`<${Rate} key=${one.type} rate=${one} reload=${rates.reload} />`,
    )}</div>`}<//>
  `;
}

/** @param {{ rate: any, reload: () => void }} props */
function Rate({ rate, reload }) {
  const params = { account_type: rate.type };
  const history = usePages((cursor) => api.get("/v1/interest-rates/{account_type}/history", { params, query: { cursor } }), [rate.type]);
  const changed = () => {
    reload();
    history.reload();
  };
  return html`<${Card} title=${t(`account.type.${rate.type}`)} aside=${session.hasRole(SETTING) && html`<${SetRate} rate=${rate} done=${changed} />`}>
    <p class="balance">${percent(rate.annual_rate)} <span class="quiet small">${t("rates.a_year")}</span></p>
    <${Facts} rows=${[
      [t("rates.since"), rate.effective_from ? date(rate.effective_from) : t("rates.default")],
      [t("rates.next"), rate.next && t("rates.next_from", { rate: percent(rate.next.annual_rate), date: date(rate.next.effective_from) })],
      [t("rates.day_count"), rate.day_count],
    ]} />
    <section class="part"><h3>${t("rates.history")}</h3>
      <${Pages} pages=${history} empty=${t("rates.none")}>${(/** @type {any[]} */ rows) => html`<${Table}
        caption=${t("rates.history_of", { type: t(`account.type.${rate.type}`) })} rows=${rows} keyOf=${(/** @type {any} */ row) => row.effective_from + row.set_at} columns=${columns(rate)} />`}<//>
    </section>
  <//>`;
}

/** @param {any} rate */
const columns = (rate) => [
  { label: t("rates.from"), cell: (/** @type {any} */ row) => date(row.effective_from) },
  { label: t("rates.rate"), numeric: true, cell: (/** @type {any} */ row) => percent(row.annual_rate) },
  { label: t("orders.status"), cell: (/** @type {any} */ row) => stateOf(row, rate) },
  { label: t("rates.set_at"), cell: (/** @type {any} */ row) => (session.hasRole(AUDITING) ? html`<a href=${`#/audit?actor=${row.set_by}`}>${dateTime(row.set_at)}</a>` : dateTime(row.set_at)) },
];

/** @param {any} row @param {any} rate */
function stateOf(row, rate) {
  if (row.effective_from > bankDay()) return html`<${Badge} kind="wait">${t("rates.coming")}<//>`;
  const isCurrent = row.effective_from === rate.effective_from && row.annual_rate === rate.annual_rate;
  return isCurrent ? html`<${Badge} kind="good">${t("rates.current")}<//>` : html`<span class="quiet">${t("rates.past")}</span>`;
}

/** @param {{ rate: any, done: () => void }} props */
function SetRate({ rate, done }) {
  const params = { account_type: rate.type };
  return html`<${ActButton} name=${`rate-${rate.type}`} label=${t("rates.set")} title=${t("rates.set_title", { type: t(`account.type.${rate.type}`) })} text=${t("rates.set_text")} done=${done}
    fields=${[
      { name: "annual_rate", label: t("rates.percent"), initial: typedPercent(rate.annual_rate), inputmode: "decimal", pattern: "[0-9]{1,3}([.,][0-9]{1,4})?", autocomplete: "off", required: true },
      { name: "effective_from", label: t("rates.from"), kind: "date", min: bankDay(), initial: bankDay(1), required: true },
    ]}
    request=${({ annual_rate, effective_from }) => api.put("/v1/interest-rates/{account_type}", { params, body: { annual_rate: fractionOf(annual_rate), effective_from } })} />`;
}
