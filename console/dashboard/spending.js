/** Where an account's money went, by category. */
import { html } from "../vendor/preact.js";
import { categoryName } from "../accounts/movements.js";
import { t } from "../shell/language.js";
import { Empty, Money } from "../shell/parts.js";

const SHOWN = 6;

/** @param {{ account_id: string, entries: any[], currency: string, isWhole: boolean }} props */
export function Spending({ account_id, entries, currency, isWhole }) {
  const sums = byCategory(entries.filter((one) => one.direction === "out" && one.type !== "reversal"));
  if (sums.length === 0) return html`<${Empty}>${t("dashboard.no_spending")}<//>`;
  const most = sums[0].minor;
  return html`<ul class="bars">${sums.slice(0, SHOWN).map(
      ({ category, minor, amount }) => html`<li key=${category}>
        <div class="line">${category ? html`<a href=${`#/accounts/${account_id}?category=${encodeURIComponent(category)}`}>${categoryName(category)}</a>` : html`<span>${t("dashboard.no_category")}</span>`}<${Money} amount=${amount} currency=${currency} /></div>
        <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width=${(100 * Number(minor)) / Number(most)} height="8" rx="1" /></svg>
      </li>`,
    )}</ul>
    <p class="hint">${isWhole ? t("dashboard.spending_days") : t("dashboard.spending_latest", { count: entries.length })}</p>`;
}

/** Return the sum of each category, largest first; in minor units, so that sums are exact. @param {any[]} entries */
function byCategory(entries) {
  /** @type {Map<string, bigint>} */
  const sums = new Map();
  const decimals = entries[0]?.amount.split(".")[1]?.length ?? 0;
  for (const one of entries) {
    const category = one.category ?? "";
    sums.set(category, (sums.get(category) ?? 0n) + BigInt(one.amount.replace("-", "").replace(".", "")));
  }
  return [...sums]
    .sort(([, one], [, other]) => (one < other ? 1 : -1))
    .map(([category, minor]) => ({ category, minor, amount: decimalString(minor, decimals) }));
}

/** @param {bigint} minor @param {number} decimals */
function decimalString(minor, decimals) {
  const digits = String(minor).padStart(decimals + 1, "0");
  return decimals ? `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}` : digits;
}
