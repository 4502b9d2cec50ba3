/** What became of a transfer: posted, waiting for someone, or set for a date. */
import { html, useEffect, useRef } from "../vendor/preact.js";
import { date, dateTime, money, t } from "../shell/language.js";
import { Card, Facts, Notice } from "../shell/parts.js";

/** @param {{ answer: any, to: string, another: () => void }} props */
export function Receipt({ answer, to, another }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => box.current?.focus(), []);
  const [kind, title, text] = outcome(answer);
  const mine = answer.entries?.[0];
  return html`<${Card} narrow><div class="form" tabindex="-1" ref=${box}>
    <${Notice} kind=${kind} title=${title}>${text && html`<p>${text}</p>`}<//>
    <${Facts} rows=${[
      [t("transfer.amount"), answer.amount && html`<strong class="money">${money(answer.amount, answer.currency)}</strong>`],
      [t("transfer.to"), to],
      [t("transfer.memo"), answer.memo],
      [t("receipt.posted_at"), answer.posted_at && dateTime(answer.posted_at)],
      [t("receipt.balance_after"), mine && html`<span class="money">${money(mine.balance_after, answer.currency)}</span>`],
      [t("receipt.reference"), html`<span class="figures">${answer.id}</span>`],
    ]} />
    <div class="actions"><button type="button" class="primary" onClick=${another}>${t("receipt.another")}</button>${place(answer)}<a class="button" href="#/">${t("notfound.home")}</a></div>
  </div><//>`;
}

/** Return the link to where the payment is from now on. @param {any} answer */
function place({ id, status }) {
  if (status === "scheduled") return html`<a class="button" href="#/standing-orders?show=scheduled">${t("orders.scheduled")}</a>`;
  return id?.startsWith("txn_") && html`<a class="button" href=${`#/payments/${id}`}>${t("receipt.show")}</a>`;
}

/** @param {any} answer @returns {["good" | "wait", string, string | null]} */
function outcome(answer) {
  const amount = answer.amount ? money(answer.amount, answer.currency) : "";
  if (answer.status === "posted") return ["good", t("receipt.posted", { amount }), null];
  if (answer.status === "scheduled") return ["good", t("receipt.scheduled", { amount, date: date(answer.execution_date) }), null];
  if (answer.waiting) return ["wait", t("receipt.pending"), t(`payment.waiting.${answer.waiting.code}`)];
  if (answer.payment) return ["good", t("receipt.on_its_way", { amount, name: answer.payment.to_name }), t("receipt.on_its_way_text")];
  return ["wait", t("receipt.pending"), t("receipt.pending_text")];
}
