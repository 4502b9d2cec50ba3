/** Who pays whom: accounts and saved payees to choose from, and account numbers and IBANs as people type them. */
import { rememberNames } from "../accounts/known_names.js";
import { accountName } from "../accounts/names.js";
import { mayDo } from "../accounts/rights.js";
import { api } from "../shell/api.js";
import { grouped, money, t } from "../shell/language.js";
import { useResource } from "../shell/parts.js";

const NAME_SHOWN = 28;

/** Read the customer's active accounts, and the saved payees. Two calls. */
export function useParties() {
  return useResource(async () => {
    const [accounts, payees] = await Promise.all([
      api.get("/v1/accounts", { query: { limit: 100 } }),
      api.get("/v1/beneficiaries", { query: { limit: 100 } }),
    ]);
    rememberNames("acc", accounts.body.data);
    rememberNames("ben", payees.body.data);
    return { accounts: accounts.body.data.filter((/** @type {any} */ one) => one.status === "active"), payees: payees.body.data };
  }, []);
}

/** Return the accounts that the customer may pay from; a joint holder may only see some. @param {any[]} accounts */
export const payingOf = (accounts) => accounts.filter((one) => mayDo(one, "pay"));

/** @param {any} payee */
export const payeeName = (payee) => [payee.nickname ?? payee.name, payee.iban && grouped(payee.iban)].filter(Boolean).join(" · ");

/** Return it without spaces, in capitals. @param {string} text */
export const plainNumber = (text) => text.replace(/[\s\u00a0]/g, "").toUpperCase();

/** Return whether it is written like an IBAN; the API checks its digits. @param {string} plain */
export const looksLikeIban = (plain) => /^[A-Z]{2}\d{2}[A-Z0-9]{8,30}$/.test(plain);

/** The first option of a field where one must be chosen. */
export const choose = () => ({ value: "", label: t("form.choose") });

/** Return an account as an option, in which a long name leaves room for what is available. @param {any} account */
export const optionOf = (account) => ({ value: account.id, label: `${shortened(accountName(account))} · ${money(account.available, account.currency)}` });

/** @param {string} name */
const shortened = (name) => (name.length > NAME_SHOWN ? `${name.slice(0, NAME_SHOWN - 1).trim()}…` : name);

/** Return who is paid. @param {any} values of a form @param {any[]} accounts @param {any[]} payees */
export function toName(values, accounts, payees) {
  const [account, payee] = [accounts.find((one) => one.id === values.own), payees.find((one) => one.id === values.payee)];
  if (values.kind === "own") return account ? accountName(account) : "";
  if (values.kind === "payee") return payee ? payeeName(payee) : ""; // it was removed meanwhile
  return [values.name, grouped(plainNumber(values.number))].filter(Boolean).join(" · ");
}
