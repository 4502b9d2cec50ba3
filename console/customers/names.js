/** How customers are called on pages of staff. */
import { t } from "../shell/language.js";

/** @type {Record<string, "good" | "wait" | "bad" | "plain">} */
export const KYC_KIND = { verified: "good", pending: "wait", rejected: "bad", expired: "wait" };

/** Return the name of a customer, or what is left of an erased one. @param {any} customer */
export function customerName(customer) {
  const name = [customer.first_name, customer.middle_name, customer.last_name].filter(Boolean).join(" ");
  return name || t("customers.erased");
}
