/** The way of a payment between the banks, step by step. */
import { html } from "../vendor/preact.js";
import { dateTime, maybe } from "../shell/language.js";

/** @type {Record<string, "good" | "wait" | "bad" | "plain">} */
export const STATE_KIND = { waiting: "wait", queued: "wait", submitted: "wait", settled: "good", rejected: "bad", returned: "bad", recall_requested: "wait" };

/** Return a step in words. That of a contradiction names the message that came. @param {string} what */
const wordsOf = (what) => maybe(`payment.state.${what.replace(": ", ".")}`) ?? what;

/** @param {{ steps: { at: string, what: string }[] }} props */
export const Trace = ({ steps }) =>
  steps.length > 0 &&
  html`<ol class="rows">${steps.map((one) => html`<li key=${one.at + one.what} class="row tall"><span>${wordsOf(one.what)}</span><span class="quiet">${dateTime(one.at)}</span></li>`)}</ol>`;
