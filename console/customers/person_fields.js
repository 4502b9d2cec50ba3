/** The fields of a person as staff fill them in. */
import { bankDay, t } from "../shell/language.js";

/** @param {any} [known] the customer that is corrected @returns {import("../shell/act.js").ActField[]} */
export const person = (known = {}) => [
  { name: "first_name", label: t("signup.first_name"), initial: known.first_name ?? "", maxlength: 100, autocomplete: "off", optional: true },
  { name: "middle_name", label: t("customer.middle_name"), initial: known.middle_name ?? "", maxlength: 100, autocomplete: "off", optional: true },
  { name: "last_name", label: t("signup.last_name"), initial: known.last_name ?? "", maxlength: 100, autocomplete: "off", required: true },
  { name: "email", label: t("login.email"), kind: "email", initial: known.email ?? "", maxlength: 254, autocomplete: "off", optional: true },
  { name: "phone", label: t("customers.phone"), kind: "tel", hint: t("signup.phone_hint"), initial: known.phone ?? "", autocomplete: "off", optional: true },
  { name: "date_of_birth", label: t("signup.date_of_birth"), kind: "date", max: bankDay(), initial: known.date_of_birth ?? "", optional: true },
  { name: "national_id", label: t("customer.national_id"), initial: known.national_id ?? "", maxlength: 40, autocomplete: "off", optional: true },
];

/** Return the body: a field that was emptied is null. @param {Record<string, string>} values */
export const personBody = (values) => Object.fromEntries(Object.entries(values).map(([name, text]) => [name, text.trim() || null]));
