/** Taking back a payment that waits: for a decision of the bank, or to be sent to another one. */
import { html } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { t } from "../shell/language.js";

/** The states at the clearing in which nothing was sent yet. */
const UNSENT = ["waiting", "queued"];

/** Return whether a customer can still take a payment back. Cash is asked for at the counter: only its clerk can. @param {any} payment */
export const isCancellable = (payment) => payment.status === "pending" && payment.type !== "withdrawal" && (payment.payment ? UNSENT.includes(payment.payment.state) : Boolean(payment.waiting));

/** @param {{ payment: any, done: () => void }} props */
export function Cancel({ payment, done }) {
  return html`<${ActButton} name=${`cancel-${payment.id}`} label=${t("pending.cancel")} text=${t("pending.cancel_text")} danger done=${done}
    request=${(/** @type {any} */ _values, /** @type {string} */ key) => api.post("/v1/transactions/{transaction_id}/cancel", { params: { transaction_id: payment.id }, key, body: {} })} />`;
}
