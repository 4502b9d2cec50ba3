/** The balance over time, drawn by uPlot, which is loaded with the first chart. */
import { html, useEffect, useRef } from "../vendor/preact.js";
import { bankDay, language, money, shortDate, t } from "../shell/language.js";

/** @type {Promise<any> | null} */
let library = null;

/** Load uPlot, a script without a module. */
function uPlot() {
  library ??= new Promise((resolve, reject) => {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = "vendor/uplot.css";
    const script = document.createElement("script");
    script.src = "vendor/uplot.js";
    script.onload = () => resolve(/** @type {any} */ (window).uPlot);
    script.onerror = reject;
    document.head.append(style, script);
  });
  return library;
}

/** @param {{ account: any, entries: any[], isWhole: boolean, days: number }} props */
export function BalanceChart({ account, entries, isWhole, days }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const points = balances(account, entries, isWhole, days);
  useEffect(() => {
    /** @type {any} */
    let chart = null;
    let isGone = false;
    const draw = async () => {
      const Plot = await uPlot();
      const element = place.current;
      if (isGone || !element) return;
      chart?.destroy();
      chart = new Plot(options(element, account.currency), points, element);
    };
    const resized = new ResizeObserver(draw);
    if (place.current) resized.observe(place.current);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    return () => {
      isGone = true;
      resized.disconnect();
      scheme.removeEventListener("change", draw);
      chart?.destroy();
    };
  }, [entries, language.value]);
  const first = points[1][0];
  const summary = t("dashboard.chart_summary", {
    first: money(String(first), account.currency),
    last: money(account.balance, account.currency),
  });
  return html`<figure><div class="chart" ref=${place} aria-hidden="true"></div><figcaption class="hint">${summary}</figcaption></figure>`;
}

/**
 * Return the moments and the balances between them, oldest first. Numbers are for drawing only.
 * @param {any} account @param {any[]} entries @param {boolean} isWhole @param {number} days @returns {[number[], number[]]}
 */
function balances(account, entries, isWhole, days) {
  const oldest = [...entries].reverse();
  const times = oldest.map((one) => Date.parse(one.created_at) / 1000);
  const values = oldest.map((one) => Number(one.balance_after));
  const now = Date.now() / 1000;
  if (isWhole) {
    const before = oldest.length ? Number(oldest[0].balance_after) - signed(oldest[0]) : Number(account.balance);
    times.unshift(Math.max(Date.parse(bankDay(-days)), Date.parse(account.opened_at.slice(0, 10))) / 1000);
    values.unshift(before);
  }
  return [[...times, now], [...values, Number(account.balance)]];
}

/** @param {any} entry */
const signed = (entry) => Math.abs(Number(entry.amount)) * (entry.direction === "in" ? 1 : -1);

/** Return labels without repetitions, such as those of several moments of a day. @param {string[]} labels */
const eachOnce = (labels) => labels.map((label, index) => (label === labels[index - 1] ? "" : label));

/** @param {HTMLElement} element @param {string} currency */
function options(element, currency) {
  const style = getComputedStyle(element);
  const token = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const axis = { stroke: token("--quiet"), grid: { stroke: token("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  const Plot = /** @type {any} */ (window).uPlot;
  return {
    width: element.clientWidth,
    height: 208,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: true } },
    series: [{}, { stroke: token("--chart-1"), width: 2, fill: `${token("--chart-1")}22`, paths: Plot.paths.stepped({ align: 1 }), points: { show: false } }],
    axes: [
      { ...axis, grid: { show: false }, space: 90, values: (/** @type {any} */ _, /** @type {number[]} */ all) => eachOnce(all.map((at) => shortDate(new Date(at * 1000).toISOString()))) },
      { ...axis, size: 76, space: 44, values: (/** @type {any} */ _, /** @type {number[]} */ all) => all.map((value) => money(String(value), currency).replace(/([.,]00)(?=\D*$)/, "")) },
    ],
  };
}
