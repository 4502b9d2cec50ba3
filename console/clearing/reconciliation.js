/** The clearing's statement of a day beside the ledger, and each payment that the two have booked differently. One call. */
import { html } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { bankDay, date, number, t } from "../shell/language.js";
import { Card, Empty, Facts, Heading, Money, Notice, Resource, Table, useResource } from "../shell/parts.js";
import { setQuery } from "../shell/router.js";
import * as session from "../shell/session.js";

const CURRENCIES = ["EUR", "GBP", "USD"];
const OPERATING = ["manager", "admin"];
/** @type {Record<string, "good" | "wait" | "bad">} */
const STATUS_KIND = { reconciled: "good", differs: "bad", no_statement: "wait" };

/** @param {{ query: Record<string, string> }} props */
export default function Reconciliation({ query }) {
  const asked = { date: query.date || bankDay(-1), currency: query.currency || CURRENCIES[0] };
  const found = useResource(async () => (await api.get("/v1/clearing/reconciliation", { query: { date: asked.date, currency: asked.currency } })).body, [asked.date, asked.currency]);
  return html`
    <${Heading} title=${t("reconciliation.title")} lead=${t("reconciliation.lead")}><a class="button" href="#/clearing">${t("clearing.title")}</a><//>
    <div class="stack">
      <${Card}><div class="filters">
        <div class="field"><label for="reconciliation-day">${t("orders.date")}</label>
          <input id="reconciliation-day" type="date" value=${asked.date} max=${bankDay()} onChange=${(/** @type {any} */ event) => event.target.value && setQuery({ ...asked, date: event.target.value })} /></div>
        <div class="field"><label for="reconciliation-currency">${t("trial.currency")}</label>
          <select id="reconciliation-currency" value=${asked.currency} onChange=${(/** @type {any} */ event) => setQuery({ ...asked, currency: event.target.value })}>
            ${CURRENCIES.map((one) => html`<option key=${one} value=${one} selected=${one === asked.currency}>${one}</option>`)}
          </select></div>
      </div><//>
      <${Resource} of=${found} lines=${8}>${(/** @type {any} */ value) => html`<${Day} found=${value} reload=${found.reload} />`}<//>
    </div>
  `;
}

/** @param {{ found: any, reload: () => void }} props */
function Day({ found, reload }) {
  const { currency, statement, ledger, status } = found;
  const amount = (/** @type {string | undefined} */ value) => value !== undefined && html`<${Money} amount=${value} currency=${currency} />`;
  return html`<div class="stack">
    <${Notice} kind=${STATUS_KIND[status]} title=${t(`reconciliation.status.${status}`, { date: date(found.date) })} />
    <div class="grid">
      <${Card} title=${t("reconciliation.theirs")}>
        ${statement
          ? html`<${Facts} rows=${[
              [t("reconciliation.opening"), amount(statement.opening_balance)],
              [t("reconciliation.closing"), amount(statement.closing_balance)],
              [t("reconciliation.statement"), html`<span class="hash">${statement.id}</span>`],
              [t("reconciliation.pages"), number(statement.pages)],
            ]} />`
          : html`<${Empty}>${t("reconciliation.none")}<//>`}
      <//>
      <${Card} title=${t("reconciliation.ours")}>
        <${Facts} rows=${[
          [t("reconciliation.nostro"), amount(ledger.nostro)],
          [t("reconciliation.not_advised"), amount(ledger.not_advised)],
          [t("reconciliation.payments"), number(ledger.payments)],
        ]} />
      <//>
    </div>
    ${statement && html`<${Differences} found=${found} reload=${reload} />`}
  </div>`;
}

/** @param {{ found: any, reload: () => void }} props */
function Differences({ found, reload }) {
  const { currency, differences, difference_count } = found;
  const mayBook = session.hasRole(OPERATING) && differences.some(isFee);
  const money = (/** @type {string} */ value) => html`<${Money} amount=${value} currency=${currency} />`;
  return html`<${Card} title=${t("reconciliation.differences")} aside=${difference_count > differences.length && t("reconciliation.shown", { shown: number(differences.length), count: number(difference_count) })}>
    ${differences.length === 0
      ? html`<${Empty}>${t("reconciliation.no_differences")}<//>`
      : html`<${Table} caption=${t("reconciliation.differences")} rows=${differences} keyOf=${(/** @type {any} */ row) => row.uetr + row.kind}
          columns=${[
            { label: t("payment.title"), cell: paymentOf },
            { label: t("reconciliation.what"), cell: (row) => html`${t(`reconciliation.kind.${row.kind}`)}${row.expected_by && html`<br /><span class="quiet">${t("reconciliation.expected_by", { date: date(row.expected_by) })}</span>`}` },
            { label: t("orders.status"), cell: (row) => (row.state ? t(`payment.state.${row.state}`) : "–") },
            { label: t("reconciliation.ours"), numeric: true, cell: (row) => money(row.ours) },
            { label: t("reconciliation.theirs"), numeric: true, cell: (row) => money(row.theirs) },
            ...(mayBook ? [{ label: t("actions"), cell: (/** @type {any} */ row) => isFee(row) && html`<${BookFee} day=${found} entry=${row.uetr} done=${reload} />` }] : []),
          ]} />`}
  <//>`;
}

/** Whether the clearing has booked something that belongs to no payment. @param {any} row */
const isFee = (row) => row.kind === "theirs_only" && row.uetr.startsWith("entry ");

/** @param {{ day: any, entry: string, done: () => void }} props */
function BookFee({ day, entry, done }) {
  return html`<${ActButton} name=${`fee-${entry}`} label=${t("reconciliation.book_fee")} text=${t("reconciliation.book_fee_text")} fields=${[{ name: "reason", label: t("reconciliation.book_fee_reason"), required: true, maxlength: 200 }]} done=${done}
    request=${(/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/clearing/fees", { key, body: { date: day.date, currency: day.currency, entry, ...values } })} />`;
}

/** @param {any} row */
const paymentOf = ({ transaction_id, uetr }) =>
  transaction_id ? html`<a href=${`#/payments/${transaction_id}`}><span class="hash">${uetr}</span></a>` : html`<span class="hash">${uetr}</span>`;
