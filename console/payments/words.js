/** How payments are put in words. */
import { html } from "../vendor/preact.js";
import { maybe, t } from "../shell/language.js";
import { STATE_KIND } from "./trace.js";

/** @type {Record<string, "good" | "wait" | "bad" | "plain">} */
export const STATUS_KIND = { pending: "wait", posted: "good", failed: "bad", voided: "plain", expired: "plain" };

/**
 * Return the state of a payment to another bank, as a word and a colour. One that ended before it was sent was not the other bank's to refuse.
 * @param {{ state: string, trace: { what: string }[] }} payment @param {string} status of the transaction
 * @returns {{ words: string, kind: "good" | "wait" | "bad" | "plain" }}
 */
export function stateOf({ state, trace }, status) {
  const isUnsent = state === "rejected" && status !== "posted" && !trace.some((step) => step.what === "submitted");
  return isUnsent ? { words: t("payment.not_sent"), kind: "plain" } : { words: t(`payment.state.${state}`), kind: STATE_KIND[state] };
}

/** Return why a bank rejected or returned a payment; of a code without words, what the API says. @param {{ code: string, detail: string }} reason */
export const reasonOf = ({ code, detail }) => maybe(`payment.reason.${code}`) ?? html`<span lang="en">${detail}</span>`;
