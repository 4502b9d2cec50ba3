/** What is going to happen in an account in the next days. */
import { html } from "../vendor/preact.js";
import { date, money, t } from "../shell/language.js";
import { Empty, Money } from "../shell/parts.js";

const SHOWN = 6;

/** @param {{ forecast: any }} props */
export function Coming({ forecast }) {
  const { currency } = forecast;
  const items = forecast.days.flatMap((/** @type {any} */ day) => day.items.map((/** @type {any} */ item) => ({ ...item, date: day.date, balance: day.balance })));
  return html`
    ${forecast.shortfall_on &&
    html`<div class="notice wait"><p><strong>${t("coming.shortfall", { date: date(forecast.shortfall_on), amount: money(forecast.missing, currency) })}</strong></p></div>`}
    ${items.length === 0
      ? html`<${Empty}>${t("coming.nothing")}<//>`
      : html`<ul class="rows">${items.slice(0, SHOWN).map(
          (/** @type {any} */ item, /** @type {number} */ index) => html`<li key=${index} class="row">
            <div><span class="row-title">${t(`coming.${item.kind}`)}</span><span class="quiet">${date(item.date)}</span></div>
            <${Money} amount=${item.amount} currency=${currency} direction=${item.direction} />
          </li>`,
        )}</ul>`}
  `;
}
