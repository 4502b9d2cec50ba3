/** Who pays whom: accounts and saved payees to choose from, and account numbers and IBANs as people type them. */
import { api } from "../shell/api.js";
import { grouped } from "../shell/language.js";
import { useResource } from "../shell/parts.js";

/** Read the customer's accounts that can pay, and the saved payees. Two calls. */
export function useParties() {
  return useResource(async () => {
    const [accounts, payees] = await Promise.all([
      api.get("/v1/accounts", { query: { limit: 100 } }),
      api.get("/v1/beneficiaries", { query: { limit: 100 } }),
    ]);
    return { accounts: accounts.body.data.filter((/** @type {any} */ one) => one.status === "active"), payees: payees.body.data };
  }, []);
}

/** @param {any} payee */
export const payeeName = (payee) => [payee.nickname ?? payee.name, payee.iban && grouped(payee.iban)].filter(Boolean).join(" · ");

/** Return it without spaces, in capitals. @param {string} text */
export const plainNumber = (text) => text.replace(/[\s\u00a0]/g, "").toUpperCase();

/** Return whether it is written like an IBAN; the API checks its digits. @param {string} plain */
export const looksLikeIban = (plain) => /^[A-Z]{2}\d{2}[A-Z0-9]{8,30}$/.test(plain);
