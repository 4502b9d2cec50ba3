/** How payments are put in words. */
import { html } from "../vendor/preact.js";
import { maybe } from "../shell/language.js";

/** @type {Record<string, "good" | "wait" | "bad" | "plain">} */
export const STATUS_KIND = { pending: "wait", posted: "good", failed: "bad", voided: "plain", expired: "plain" };

/** Return why a bank rejected or returned a payment; of a code without words, what the API says. @param {{ code: string, detail: string }} reason */
export const reasonOf = ({ code, detail }) => maybe(`payment.reason.${code}`) ?? html`<span lang="en">${detail}</span>`;
