/** One run: its progress, what it counted, what failed and why. Two calls. */
import { html } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { dateTime, maybe, number, t } from "../shell/language.js";
import { Card, Facts, Heading, Money, Pages, Resource, Table, usePages, useResource } from "../shell/parts.js";
import { KINDS, Progress, periodName, RunState, useRefresh } from "./words.js";

/** @type {Record<string, (period: string) => Promise<import("../shell/api.js").Answer>>} */
const READ = {
  interest: (period) => api.get("/v1/interest-runs/{period}", { params: { period } }),
  statements: (period) => api.get("/v1/statement-runs/{period}", { params: { period } }),
  orders: (date) => api.get("/v1/standing-order-runs/{date}", { params: { date } }),
};
/** @type {Record<string, (period: string, cursor: string | undefined) => Promise<import("../shell/api.js").Answer>>} */
const READ_FAILURES = {
  interest: (period, cursor) => api.get("/v1/interest-runs/{period}/failures", { params: { period }, query: { cursor } }),
  statements: (period, cursor) => api.get("/v1/statement-runs/{period}/failures", { params: { period }, query: { cursor } }),
  orders: (date, cursor) => api.get("/v1/standing-order-runs/{date}/failures", { params: { date }, query: { cursor } }),
};

/** The end of an id, with all of it for who looks closer. @param {string} id */
const endOf = (id) => html`<span class="figures" title=${id}>··${id.slice(-4)}</span>`;

/** @param {{ params: { kind: string, period: string } }} props */
export default function Run({ params: { kind: given, period } }) {
  const kind = given in KINDS ? given : "interest";
  const run = useResource(async () => (await READ[kind](period)).body, [kind, period]);
  const failures = usePages((cursor) => READ_FAILURES[kind](period, cursor), [kind, period]);
  useRefresh(run.value?.status === "running", run.status, run.reload);
  return html`
    <${Heading} title=${`${t(`runs.kind.${kind}`)}, ${periodName(period)}`}><a class="button" href="#/runs">${t("runs.title")}</a><//>
    <${Resource} of=${run} lines=${8}>${(/** @type {any} */ value) => html`<${About} kind=${kind} run=${value} />`}<//>
    ${"value" in run && html`<${Card} title=${t("runs.failures")}>
      <${Pages} pages=${failures} empty=${t("runs.no_failures")}>${(/** @type {any[]} */ rows) => html`<${Table}
        caption=${t("runs.failures")} rows=${rows} keyOf=${(/** @type {any} */ row) => row.account_id ?? row.order_id}
        columns=${[
          { label: t(kind === "orders" ? "order.title" : "account.title"), cell: (row) => (row.account_id ? html`<a href=${`#/accounts/${row.account_id}`}>${endOf(row.account_id)}</a>` : endOf(row.order_id)) },
          { label: t("reason"), cell: (row) => maybe(`problem.${row.reason}.title`) ?? row.reason },
        ]} />`}<//>
    <//>`}
  `;
}

/** @param {{ kind: string, run: any }} props */
function About({ kind, run }) {
  return html`<${Card} title=${t("runs.about")} aside=${html`<${RunState} run=${run} />`}>
    <div role="status"><${Progress} run=${run} /></div>
    <${Facts} rows=${[
      [t("runs.begun"), dateTime(run.started_at)],
      [t("runs.completed"), run.completed_at && dateTime(run.completed_at)],
      [t("runs.by"), t(run.started_by === "system" ? "runs.by_schedule" : "runs.by_staff")],
      [t("runs.attempt"), run.attempt > 1 && number(run.attempt)],
      ...KINDS[kind].counts.map((name) => /** @type {[string, any]} */ ([t(`runs.count.${name}`), number(run[name])])),
      ...(run.total ?? []).map((/** @type {any} */ one) => [t("runs.total", { currency: one.currency }), html`<${Money} amount=${one.amount} currency=${one.currency} strong />`]),
    ]} />
  <//>`;
}
