/** What the three kinds of runs count, and how their progress is shown. */
import { html, useEffect } from "../vendor/preact.js";
import { date, month, number, t } from "../shell/language.js";
import { Badge } from "../shell/parts.js";

const REFRESH_MS = 3_000;

/** @type {Record<string, { done: string, counts: string[] }>} `done`: the count that says what a run has achieved */
export const KINDS = {
  interest: { done: "credited", counts: ["accounts", "credited", "nothing", "closed", "frozen", "failed"] },
  statements: { done: "made", counts: ["accounts", "made", "not_wanted", "failed"] },
  orders: { done: "posted", counts: ["posted", "executed", "pending", "retried", "skipped", "failed", "errors"] },
};

/** @param {any} run */
export const periodOf = (run) => run.period ?? run.date;

/** @param {string} period a month or a day */
export const periodName = (period) => (period.length === 10 ? date(period) : month(period));

/** @param {{ run: any }} props */
export const RunState = ({ run }) => html`<${Badge} kind=${run.status === "completed" ? "good" : "wait"}>${t(`runs.status.${run.status}`)}<//>`;

/** How many of its parts a run has done. @param {{ run: any }} props */
export function Progress({ run }) {
  const { done, of } = run.partitions;
  const words = t("runs.parts", { done: number(done), of: number(of) });
  return html`<span class="progress"><progress max=${of} value=${done} aria-label=${t("runs.progress")}></progress> <span class="figures quiet">${words}</span></span>`;
}

/** Read again while a run is under way. @param {boolean} isRunning @param {string} status of what was read @param {() => void} refresh */
export function useRefresh(isRunning, status, refresh) {
  useEffect(() => {
    if (!isRunning || status !== "ready") return undefined;
    const timer = setTimeout(refresh, REFRESH_MS);
    return () => clearTimeout(timer);
  });
}
