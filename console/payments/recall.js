/** Asking the other bank for the money of a payment back, and what came of it. */
import { html } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { maybe, t } from "../shell/language.js";
import { Notice } from "../shell/parts.js";
import * as session from "../shell/session.js";
import { reasonOf } from "./words.js";

const REASONS = ["DUPL", "TECH", "FRAD", "AM09", "AC03", "CUST"];
const RECALLING = ["customer", "teller", "manager", "admin"];
/** @type {Record<string, "good" | "wait" | "bad">} */
const STATE_KIND = { requested: "wait", refused: "bad", returned: "good" };

/** @param {{ recall: any }} props */
export const RecallState = ({ recall }) => html`<${Notice} kind=${STATE_KIND[recall.state]} title=${t(`recall.state.${recall.state}`)}>
  <p>${t(`recall.reason.${recall.reason.code}`)}${recall.refusal && html`<br />${maybe(`recall.refusal.${recall.refusal.code}`) ?? reasonOf(recall.refusal)}`}</p><//>`;

/** @param {{ transaction: any, done: () => void }} props */
export function Recall({ transaction, done }) {
  const { payment } = transaction;
  if (transaction.type !== "payment" || payment.state !== "settled" || payment.recall || !session.hasRole(RECALLING)) return null;
  return html`<div class="actions"><${ActButton} name=${`recall-${transaction.id}`} label=${t("recall.ask")} text=${t("recall.text")} outcome=${() => t("recall.asked")} done=${done}
    fields=${[{ name: "reason", label: t("reason"), kind: "select", options: REASONS.map((value) => ({ value, label: t(`recall.reason.${value}`) })), initial: "DUPL" }]}
    request=${(/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/transactions/{transaction_id}/recall", { params: { transaction_id: transaction.id }, key, body: values })} /></div>`;
}
