/** The bank's runs: interest and statements of each month, standing orders of each day, with live progress. Three calls. */
import { html } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { bankDay, dateTime, month, number, t } from "../shell/language.js";
import { Card, Heading, Pages, Table, usePages } from "../shell/parts.js";
import * as session from "../shell/session.js";
import { KINDS, Progress, periodName, periodOf, RunState, useRefresh } from "./words.js";

const STARTING = ["manager", "admin"];
const MONTHS_OFFERED = 12;

export default function Runs() {
  const interest = usePages((cursor) => api.get("/v1/interest-runs", { query: { cursor, limit: 6 } }), []);
  const statements = usePages((cursor) => api.get("/v1/statement-runs", { query: { cursor, limit: 6 } }), []);
  const orders = usePages((cursor) => api.get("/v1/standing-order-runs", { query: { cursor, limit: 6 } }), []);
  const isStarting = session.hasRole(STARTING);
  return html`
    <${Heading} title=${t("runs.title")} lead=${t("runs.lead")} />
    <${Kind} kind="interest" pages=${interest} start=${isStarting && html`<${StartInterest} done=${interest.reload} />`} />
    <${Kind} kind="statements" pages=${statements} start=${isStarting && html`<${StartStatements} done=${statements.reload} />`} />
    <${Kind} kind="orders" pages=${orders} />
  `;
}

/** @param {{ kind: string, pages: any, start?: any }} props */
function Kind({ kind, pages, start }) {
  const { done } = KINDS[kind];
  useRefresh(pages.rows.some((/** @type {any} */ one) => one.status === "running"), pages.status, pages.reload);
  return html`<${Card} title=${t(`runs.kind.${kind}`)} aside=${start}>
    <${Pages} pages=${pages} empty=${t("runs.none")}>${(/** @type {any[]} */ rows) => html`<${Table}
      caption=${t(`runs.kind.${kind}`)} rows=${rows} keyOf=${periodOf}
      columns=${[
        { label: t(kind === "orders" ? "orders.date" : "runs.month"), cell: (row) => html`<a href=${`#/runs/${kind}/${periodOf(row)}`}>${periodName(periodOf(row))}</a>` },
        { label: t("orders.status"), cell: (row) => html`<${RunState} run=${row} />` },
        { label: t("runs.progress"), cell: (row) => html`<${Progress} run=${row} />` },
        { label: t("runs.begun"), cell: (row) => dateTime(row.started_at) },
        { label: t(`runs.count.${done}`), numeric: true, cell: (row) => number(row[done]) },
        { label: t("runs.count.failed"), numeric: true, cell: (row) => number(row.failed) },
      ]} />`}<//>
  <//>`;
}

/** @param {{ done: () => void }} props */
function StartInterest({ done }) {
  return html`<${ActButton} name="start-interest" label=${t("runs.start")} title=${t("runs.kind.interest")} text=${t("runs.start_interest")} fields=${[monthField()]} outcome=${() => t("runs.started")} done=${done}
    request=${(/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/interest-runs", { key, body: values })} />`;
}

/** @param {{ done: () => void }} props */
function StartStatements({ done }) {
  return html`<${ActButton} name="start-statements" label=${t("runs.start")} title=${t("runs.kind.statements")} text=${t("runs.start_statements")} fields=${[monthField()]} outcome=${() => t("runs.started")} done=${done}
    request=${(/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/statement-runs", { key, body: values })} />`;
}

/** Offer the months that are over. */
function monthField() {
  const [year, now] = bankDay().split("-").map(Number);
  const months = Array.from({ length: MONTHS_OFFERED }, (_, back) => new Date(Date.UTC(year, now - 2 - back, 1)).toISOString().slice(0, 7));
  return { name: "period", label: t("runs.month"), kind: "select", options: months.map((value) => ({ value, label: month(value) })), initial: months[0] };
}
