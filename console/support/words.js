/** How tickets are put in words. */

/** @type {Record<string, "good" | "wait" | "bad" | "plain">} */
export const STATUS_KIND = { open: "wait", in_progress: "wait", resolved: "good", closed: "plain" };
