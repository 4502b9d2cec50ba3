/** Movements of an account, newest first, as rows. */
import { html } from "../vendor/preact.js";
import { date, maybe, t } from "../shell/language.js";
import { Money } from "../shell/parts.js";

/** Return what a movement is called: by its memo, the name at another bank, or its kind. @param {any} entry */
const movementName = (entry) => entry.memo || entry.bank_counterparty?.name || kindOf(entry);

/** @param {any} entry */
const kindOf = ({ type, direction }) => t(`movement.${type}.${direction}`);

/** @param {{ entries: any[] }} props */
export function Movements({ entries }) {
  return html`<ul class="rows">${entries.map(
    (one) => html`<li key=${one.id} class="row">
      <div><a class="row-title" href=${`#/payments/${one.transaction_id}`}>${movementName(one)}</a>
        <span class="quiet">${[date(one.created_at), one.category ? categoryName(one.category) : movementName(one) !== kindOf(one) && kindOf(one)].filter(Boolean).join(" · ")}</span></div>
      <div><${Money} amount=${one.amount} currency=${one.currency} direction=${one.direction} strong /><br /><span class="quiet"><${Money} amount=${one.balance_after} currency=${one.currency} /></span></div>
    </li>`,
  )}</ul>`;
}

/** Return a category for people. @param {string} category */
export function categoryName(category) {
  const known = maybe(`category.${category}`);
  if (known) return known;
  const words = category.replace(/[_-]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
