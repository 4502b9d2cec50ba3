/** One file of payments: how far the bank is, what became of each payment, its report and its events. Three calls. */
import { html, useState } from "../vendor/preact.js";
import { STATE_KIND } from "../payments/trace.js";
import { api, asProblem } from "../shell/api.js";
import { date, dateTime, grouped, maybe, number, t } from "../shell/language.js";
import { Badge, Card, Facts, Heading, Moment, Money, Notice, Pages, ProblemNotice, Resource, Table, useOneAtATime, usePages, useResource } from "../shell/parts.js";
import { useRefresh } from "../runs/words.js";
import { FILE_KIND, FILE_STATE_KIND } from "./words.js";

/** @param {{ params: { file_id: string } }} props */
export default function File({ params }) {
  const file = useResource(async () => (await api.get("/v1/payment-files/{file_id}", { params })).body, [params.file_id]);
  const done = file.value?.processed;
  const isUnderWay = ["received", "processing"].includes(file.value?.status);
  useRefresh(isUnderWay, file.status, file.reload);
  return html`
    <${Heading} title=${t("files.one")} lead=${file.value?.message_id}><a class="button" href="#/payment-files">${t("files.title")}</a><//>
    <div class="stack">
      <${Resource} of=${file} lines=${6}>${(/** @type {any} */ value) => html`<${About} file=${value} />`}<//>
      ${file.value && html`<${Payments} params=${params} state=${`${file.value.status} ${done}`} /><${Events} id=${params.file_id} state=${file.value.status} />`}
    </div>
  `;
}

/** @param {{ file: any }} props */
function About({ file }) {
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const save = useOneAtATime(async () => {
    setProblem(null);
    try {
      await api.download("/v1/payment-files/{file_id}/status-report", { params: { file_id: file.id } }, `${file.message_id ?? file.id}.pain.002.xml`);
    } catch (error) {
      setProblem(asProblem(error));
    }
  });
  return html`<${Card} title=${t("files.about")} aside=${html`<${Badge} kind=${FILE_KIND[file.status]}>${t(`files.status.${file.status}`)}<//>`}>
    ${file.error && html`<${Notice} kind="bad" title=${t("files.refused_whole")}><p><${Reason} error=${file.error} /></p><//>`}
    ${problem && html`<${ProblemNotice} problem=${problem} retry=${save} />`}
    <div role="status"><span class="progress"><progress max=${Math.max(file.payments, 1)} value=${file.processed} aria-label=${t("files.progress")}></progress> <span class="figures quiet">${t("files.done_of", { done: number(file.processed), of: number(file.payments) })}</span></span></div>
    <${Facts} rows=${[
      [t("files.party"), file.initiating_party],
      [t("files.accepted"), number(file.accepted)],
      [t("files.refused"), number(file.refused)],
      ...file.sums.map((/** @type {any} */ one) => [t("files.sum_in", { currency: one.currency }), html`<${Money} amount=${one.amount} currency=${one.currency} strong />`]),
      [t("files.booking"), file.booking && t(`files.booking.${file.booking}`)],
      [t("files.next_due"), file.next_due_at && date(file.next_due_at)],
      [t("files.handed_in_at"), dateTime(file.created_at)],
      [t("files.changed"), dateTime(file.updated_at)],
    ]} />
    <div class="actions"><button type="button" onClick=${save}>${t("files.report")}</button></div>
    <p class="hint">${t("files.report_hint")}</p>
  <//>`;
}

/** @param {{ params: { file_id: string }, state: string }} props `state`: the list is read again when it changes */
function Payments({ params, state }) {
  const pages = usePages((cursor) => api.get("/v1/payment-files/{file_id}/payments", { params, query: { cursor, limit: 25 } }), [params.file_id, state]);
  return html`<${Card} title=${t("files.payments")}>
    <${Pages} pages=${pages} empty=${t("files.no_payments")} endless>${(/** @type {any[]} */ rows) => html`<${Table}
      caption=${t("files.payments")} rows=${rows} keyOf=${(/** @type {any} */ row) => row.number}
      columns=${[
        { label: t("payment.number"), numeric: true, cell: (row) => number(row.number) },
        { label: t("transfer.to"), cell: (row) => html`<div class="text">${row.to_name ?? "–"}<br /><span class="quiet figures">${row.to_iban && grouped(row.to_iban)}</span></div>` },
        { label: t("clearing.end_to_end"), cell: (row) => (row.transaction_id ? html`<a class="text" href=${`#/payments/${row.transaction_id}`}>${row.end_to_end_id ?? t("payment.title")}</a>` : row.end_to_end_id ?? "–") },
        { label: t("orders.status"), cell: (row) => html`<${Badge} kind=${FILE_STATE_KIND[row.state] ?? STATE_KIND[row.state]}>${maybe(`files.state.${row.state}`) ?? t(`payment.state.${row.state}`)}<//>${row.error && html`<br /><span class="quiet"><${Reason} error=${row.error} /></span>`}` },
        { label: t("orders.amount"), numeric: true, cell: (row) => (row.amount ? html`<${Money} amount=${row.amount} currency=${row.currency} />` : "–") },
      ]} />`}<//>
  <//>`;
}

/** Why something was refused: a code of ISO 20022, the bank's words, and the place in the file. @param {{ error: any }} props */
const Reason = ({ error }) => html`<span class="figures">${error.code}</span>${error.detail && html` <span lang="en">${error.detail}</span>`}${error.path && html`<br /><span class="hash">${error.path}</span>`}`;

/** What programs are told of the file. @param {{ id: string, state: string }} props */
function Events({ id, state }) {
  const pages = usePages((cursor) => api.get("/v1/events", { query: { subject: `payment-files/${id}`, cursor } }), [id, state]);
  return html`<${Card} title=${t("files.events")}>
    <${Pages} pages=${pages} empty=${t("files.no_events")}>${(/** @type {any[]} */ rows) => html`<ol class="rows">${rows.map(
      (one) => html`<li key=${one.id} class="row tall"><span>${maybe(`event.${one.type}`) ?? one.type}</span><span class="quiet"><${Moment} at=${one.timestamp} /></span></li>`,
    )}</ol>`}<//>
    <p class="hint">${t("files.events_hint")} <a href="#/webhooks">${t("webhooks.title")}</a></p>
  <//>`;
}
