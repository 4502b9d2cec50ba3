/** How files of payments are put in words. */

/** @type {Record<string, "good" | "wait" | "bad" | "plain">} */
export const FILE_KIND = { received: "wait", processing: "wait", scheduled: "wait", completed: "good", rejected: "bad" };

/** @type {Record<string, "good" | "wait" | "bad" | "plain">} States that only payments of a file have; STATE_KIND has the others. */
export const FILE_STATE_KIND = { planned: "wait", refused: "bad" };
