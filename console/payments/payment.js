/** One payment: its state, its entries, and its way to another bank. One call, and up to three to prove an entry. */
import { EntryProof } from "../audit/entry_proof.js";
import { html } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { date, dateTime, grouped, maybe, t } from "../shell/language.js";
import { Badge, Card, Facts, Heading, Money, Notice, Resource, Table, useResource } from "../shell/parts.js";
import * as session from "../shell/session.js";
import { useKnownNames } from "../accounts/known_names.js";
import { bookName } from "../reports/books.js";
import { categoryName } from "../accounts/movements.js";
import { Cancel, isCancellable } from "./cancel.js";
import { Label } from "./label.js";
import { Recall, RecallState } from "./recall.js";
import { Trace } from "./trace.js";
import { reasonOf, stateOf, STATUS_KIND } from "./words.js";

const REVERSING = ["teller", "manager", "admin"];
const IRREVERSIBLE = ["reversal", "payment", "incoming_payment", "payment_return", "clearing_settlement"];

/** @param {{ params: { transaction_id: string } }} props */
export default function Payment({ params }) {
  const payment = useResource(async () => (await api.get("/v1/transactions/{transaction_id}", { params })).body, [params.transaction_id]);
  return html`
    <${Heading} title=${t("payment.title")} />
    <${Resource} of=${payment} lines=${8}>${(/** @type {any} */ value) => html`
      <${State} payment=${value} reload=${payment.reload} put=${payment.put} />
      ${value.payment && html`<${OtherBank} transaction=${value} reload=${payment.reload} />`}
      ${value.entries.length > 0 && html`<${Entries} payment=${value} />`}
    `}<//>
  `;
}

/** Return who pays or is paid: an account, with its name if the customer knows it, or someone at another bank. @param {string | null} id @param {string | null} name @param {string | null | undefined} elsewhere */
function partyOf(id, name, elsewhere) {
  if (!id) return elsewhere;
  const isOpen = name || !session.hasRole(["customer"]);
  return isOpen ? html`<a href=${`#/accounts/${id}`}>${name ?? t("payment.show_account")}</a>` : t("payment.another_account");
}

/** Return the account of an entry, or the name of the bank's book. @param {string} id */
const bookOf = (id) => (id.startsWith("acc_") ? partyOf(id, null, null) : bookName(id, []));

/** @param {{ payment: any, reload: () => void, put: (payment: any) => void }} props */
function State({ payment, reload, put }) {
  const [from, to] = useKnownNames([payment.from_account_id, payment.to_account_id]);
  const elsewhere = payment.payment?.counterparty?.name;
  const isReversible = payment.status === "posted" && !payment.reversed_by && !IRREVERSIBLE.includes(payment.type);
  return html`<${Card} title=${payment.memo ?? t(`payment.type.${payment.type}`)} aside=${html`<${Badge} kind=${STATUS_KIND[payment.status]}>${t(`payment.status.${payment.status}`)}<//>`}>
    ${payment.waiting && html`<${Notice} kind="wait" title=${t(`payment.waiting.${payment.waiting.code}`)}><p>${t("payment.waits_until", { until: dateTime(payment.waiting.until) })}</p><//>`}
    ${payment.failure && html`<${Notice} kind="bad" title=${maybe(`problem.${payment.failure.code}.title`)}><p lang="en">${payment.failure.detail}</p><//>`}
    ${payment.reversed_by && html`<${Notice} kind="wait"><p>${t("payment.reversed")} <a href=${`#/payments/${payment.reversed_by}`}>${t("payment.show_reversal")}</a></p><//>`}
    <${Facts} rows=${[
      [t("orders.amount"), html`<${Money} amount=${payment.amount} currency=${payment.currency} strong />`],
      [t("transfer.from"), partyOf(payment.from_account_id, from, elsewhere)],
      [t("transfer.to"), partyOf(payment.to_account_id, to, elsewhere)],
      [t("payment.kind"), t(`payment.type.${payment.type}`)],
      [t("payment.asked"), dateTime(payment.created_at)],
      [t("payment.posted"), payment.posted_at && dateTime(payment.posted_at)],
      [t("payment.category"), payment.category && categoryName(payment.category)],
      [t("payment.tags"), payment.tags.join(", ")],
      [t("receipt.reference"), html`<span class="figures">${payment.id}</span>`],
    ]} />
    ${session.hasRole(["customer"]) && payment.entries.length > 0 && html`<div class="actions"><${Label} payment=${payment} changed=${put} /></div>`}
    ${session.hasRole(["customer"]) && isCancellable(payment) && html`<div class="actions"><${Cancel} payment=${payment} done=${reload} /></div>`}
    ${isReversible &&
    session.hasRole(REVERSING) &&
    html`<div class="actions"><${ActButton} name=${`reverse-${payment.id}`} label=${t("payment.reverse")} text=${t("payment.reverse_text")} danger done=${reload}
      fields=${[{ name: "reason", label: t("reason"), required: true, maxlength: 200 }]}
      request=${({ reason }, key) => api.post("/v1/transactions/{transaction_id}/reverse", { params: { transaction_id: payment.id }, key, body: { reason } })} /></div>`}
  <//>`;
}

/** The way of a payment to another bank. @param {{ transaction: any, reload: () => void }} props */
function OtherBank({ transaction, reload }) {
  const { payment } = transaction;
  const { counterparty } = payment;
  const state = stateOf(payment, transaction.status);
  return html`<${Card} title=${t("payment.other_bank")} aside=${html`<${Badge} kind=${state.kind}>${state.words}<//>`}>
    ${payment.reason && html`<${Notice} kind="wait"><p>${reasonOf(payment.reason)}</p><//>`}
    ${payment.recall && html`<${RecallState} recall=${payment.recall} />`}
    <${Facts} rows=${[
      [t(transaction.from_account_id ? "transfer.to" : "transfer.from"), counterparty.name],
      ["IBAN", counterparty.iban && html`<span class="figures">${grouped(counterparty.iban)}</span>`],
      [t("payment.remittance"), payment.remittance],
      [t("payment.way"), t(`payment.rail.${payment.rail}`)],
      [t("payment.submit_by"), payment.submit_by && dateTime(payment.submit_by)],
      [t("payment.settlement_date"), date(payment.settlement_date)],
    ]} />
    <${Trace} steps=${payment.trace} />
    <${Recall} transaction=${transaction} done=${reload} />
  <//>`;
}

/** @param {{ payment: any }} props */
function Entries({ payment }) {
  return html`<${Card} title=${t("payment.entries")}><${Table}
    caption=${t("payment.entries")}
    rows=${payment.entries}
    keyOf=${(/** @type {any} */ row) => row.account_id + row.seq}
    columns=${[
      { label: t("payment.number"), cell: (row) => row.seq },
      ...(session.hasRole(["customer"]) ? [] : [{ label: t("payment.account"), cell: (/** @type {any} */ row) => bookOf(row.account_id) }]),
      { label: t("orders.amount"), numeric: true, cell: (row) => html`<${Money} amount=${row.amount} currency=${payment.currency} direction=${row.amount.startsWith("-") ? "out" : "in"} />` },
      { label: t("receipt.balance_after"), numeric: true, cell: (row) => html`<${Money} amount=${row.balance_after} currency=${payment.currency} />` },
    ]} />
    ${session.hasRole(["customer"]) && payment.entries.map((/** @type {any} */ entry) => html`<${EntryProof} key=${entry.account_id + entry.seq} payment=${payment} entry=${entry} />`)}
  <//>`;
}
