/** How webhook endpoints and their deliveries are put in words. */
import { t } from "../shell/language.js";

/** @type {Record<string, "good" | "wait" | "bad" | "plain">} */
export const STATUS_KIND = { enabled: "good", disabled: "bad", deleted: "plain" };

/** @type {Record<string, "good" | "wait" | "bad" | "plain">} */
export const DELIVERY_KIND = { pending: "wait", succeeded: "good", failed: "bad", cancelled: "plain" };

/** Return whether the receiver had the message. @param {{ status: number | null }} attempt */
export const arrived = ({ status }) => status !== null && status >= 200 && status < 300;

/** Return what came of an attempt. @param {{ status: number | null, error: string | null, milliseconds: number }} attempt */
export function outcomeOf({ status, error, milliseconds }) {
  return status === null ? t("webhooks.no_answer", { error: error ?? "" }) : t("webhooks.answered", { status, milliseconds });
}

/** Return which events an endpoint is sent. @param {{ events: string[] }} endpoint */
export const eventNames = ({ events }) => (events.includes("*") ? t("webhooks.all_events") : events.join(", "));

/** Return types of events as people write them, with commas. @param {string} text */
export const eventsOf = (text) => text.split(/[\s,]+/).filter(Boolean);
