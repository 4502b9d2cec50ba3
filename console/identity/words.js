/** How log-ins are put in words. */

/** @type {Record<string, "good" | "wait" | "bad" | "plain">} */
export const OUTCOME_KIND = { succeeded: "good", failed: "bad", locked: "bad", mfa_failed: "bad", mfa_required: "wait" };
