/** How payments are put in words. */

/** @type {Record<string, "good" | "wait" | "bad" | "plain">} */
export const STATUS_KIND = { pending: "wait", posted: "good", failed: "bad", voided: "plain", expired: "plain" };
