/** What staff may do with a customer's account. */
import { Fragment, html } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { accountName } from "../accounts/names.js";
import { money, t, typedAmount } from "../shell/language.js";

/** @param {{ account: any, done: () => void }} props */
export function AccountActs({ account, done }) {
  const params = { account_id: account.id };
  const titled = (/** @type {string} */ label) => ({ label, title: `${label}: ${accountName(account)}` });
  const reason = { name: "reason", label: t("reason"), required: true, maxlength: 200 };
  const amount = { name: "amount", label: t("orders.amount"), kind: "amount", currency: account.currency, required: true };
  const memo = { name: "memo", label: t("transfer.memo"), maxlength: 140, optional: true };
  return html`<${Fragment}>
    ${account.status === "active" &&
    html`<${ActButton} name=${`deposit-${account.id}`} ...${titled(t("cash.deposit"))} text=${t("cash.deposit_text")} fields=${[amount, memo]} outcome=${outcomeOf} review done=${done}
        request=${(/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/transactions/deposit", { key, body: cashBody(account, values) })} />
      <${ActButton} name=${`withdraw-${account.id}`} ...${titled(t("cash.withdraw"))} text=${t("cash.withdraw_text")} fields=${[amount, memo]} outcome=${outcomeOf} review done=${done}
        request=${(/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/transactions/withdraw", { key, body: cashBody(account, values) })} />`}
    ${account.status === "active"
      ? html`<${ActButton} name=${`freeze-${account.id}`} ...${titled(t("account.freeze"))} text=${t("account.freeze_text")} fields=${[reason]} danger done=${done}
          request=${(/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/accounts/{account_id}/freeze", { params, key, body: values })} />`
      : html`<${ActButton} name=${`unfreeze-${account.id}`} ...${titled(t("account.unfreeze"))} text=${t("account.unfreeze_text")} fields=${[reason]} done=${done}
          request=${(/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/accounts/{account_id}/unfreeze", { params, key, body: values })} />`}
    <${ActButton} name=${`overdraft-${account.id}`} ...${titled(t("account.overdraft"))} text=${t("account.overdraft_text", { limit: money(account.overdraft_limit, account.currency) })} done=${done}
      fields=${[{ name: "overdraft_limit", label: t("account.overdraft_new"), kind: "amount", currency: account.currency, zero: true, initial: typedAmount(account.overdraft_limit), required: true }]}
      request=${({ overdraft_limit }) => api.patch("/v1/accounts/{account_id}", { params, ifMatch: account.version, body: { overdraft_limit } })} />
    <${ActButton} name=${`pin-reset-${account.id}`} ...${titled(t("account.pin_reset"))} text=${t("account.pin_reset_text")} danger done=${done}
      request=${(/** @type {any} */ _values, /** @type {string} */ key) => api.post("/v1/accounts/{account_id}/pin/reset", { params, key, body: {} })} />
  <//>`;
}

/** Return what came of cash that was taken or paid out, unless a second person must agree. @param {import("../shell/api.js").Answer} answer */
function outcomeOf({ status, body }) {
  if (status === 202) return null;
  const amount = money(body.amount, body.currency);
  const [entry] = body.entries.filter((/** @type {any} */ one) => one.account_id.startsWith("acc_"));
  return entry ? t("cash.done", { amount, balance: money(entry.balance_after, body.currency) }) : t("act.done");
}

/** Return the body of a deposit or withdrawal. @param {any} account @param {any} values */
const cashBody = (account, { amount, memo }) => ({ account_id: account.id, amount, ...(memo ? { memo } : {}) });
