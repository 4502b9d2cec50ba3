/** What the customer who is logged in may do with an account. The API decides; this shows no button that it would refuse. */
import * as session from "../shell/session.js";

const LEVELS = ["view", "pay", "manage", "own"];

/** Return the customer's level. @param {any} account */
function levelOf(account) {
  const mine = session.user.value?.customerId;
  if (account.customer_id === mine) return "own";
  return account.holders.find((/** @type {any} */ one) => one.customer_id === mine)?.rights ?? "view";
}

/** Return whether the customer has this level, or one above it. @param {any} account @param {"pay" | "manage" | "own"} wanted */
export const mayDo = (account, wanted) => LEVELS.indexOf(levelOf(account)) >= LEVELS.indexOf(wanted);
