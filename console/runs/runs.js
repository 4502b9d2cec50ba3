/** The bank's runs: interest of each month, standing orders of each day, with live progress. Two calls. */
import { html, useEffect } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { date, dateTime, month, number, t } from "../shell/language.js";
import { Badge, Card, Heading, Pages, Table, usePages } from "../shell/parts.js";

const REFRESH_MS = 5_000;

export default function Runs() {
  const interest = usePages((cursor) => api.get("/v1/interest-runs", { query: { cursor } }), []);
  const orders = usePages((cursor) => api.get("/v1/standing-order-runs", { query: { cursor } }), []);
  useRefresh(interest);
  useRefresh(orders);
  return html`
    <${Heading} title=${t("runs.title")} lead=${t("runs.lead")} />
    <${Card} title=${t("runs.interest")}><${Pages} pages=${interest} empty=${t("runs.none")}>${(/** @type {any[]} */ rows) => html`<${Table}
      caption=${t("runs.interest")} rows=${rows} keyOf=${(/** @type {any} */ row) => row.period}
      columns=${[{ label: t("runs.month"), cell: (row) => month(row.period) }, ...progress(), { label: t("runs.credited"), numeric: true, cell: (row) => number(row.credited) }, failed()]} />`}<//><//>
    <${Card} title=${t("runs.orders")}><${Pages} pages=${orders} empty=${t("runs.none")}>${(/** @type {any[]} */ rows) => html`<${Table}
      caption=${t("runs.orders")} rows=${rows} keyOf=${(/** @type {any} */ row) => row.date}
      columns=${[{ label: t("orders.date"), cell: (row) => date(row.date) }, ...progress(), { label: t("runs.paid"), numeric: true, cell: (row) => number(row.posted) }, failed()]} />`}<//><//>
  `;
}

/** Read again while a run is under way. @param {any} pages */
function useRefresh(pages) {
  const isRunning = pages.rows.some((/** @type {any} */ one) => one.status === "running");
  useEffect(() => {
    if (!isRunning || pages.status !== "ready") return undefined;
    const timer = setTimeout(pages.reload, REFRESH_MS);
    return () => clearTimeout(timer);
  });
}

const progress = () => [
  { label: t("orders.status"), cell: (/** @type {any} */ row) => html`<${Badge} kind=${row.status === "completed" ? "good" : "wait"}>${t(`runs.status.${row.status}`)}<//>` },
  { label: t("runs.progress"), cell: (/** @type {any} */ row) => html`<progress max=${row.partitions.of} value=${row.partitions.done} aria-label=${t("runs.progress")}></progress> ${t("approvals.decided", { count: row.partitions.done, required: row.partitions.of })}` },
  { label: t("runs.begun"), cell: (/** @type {any} */ row) => dateTime(row.started_at) },
];

const failed = () => ({ label: t("runs.failed"), numeric: true, cell: (/** @type {any} */ row) => number(row.failed) });
