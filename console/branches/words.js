/** How branches are put in words and fields. */
import { t } from "../shell/language.js";

export const MANAGING = ["manager", "admin"];
/** What a new branch may be given cash in; the API knows what the bank has. */
export const CURRENCIES = ["USD", "EUR", "GBP", "JPY", "INR"];
export const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/** Return the fields that a branch has, with what is known of it. @param {any} [branch] */
export const branchFields = (branch = {}) => [
  { name: "name", label: t("branches.name"), initial: branch.name, maxlength: 100, autocomplete: "off", required: true },
  { name: "city", label: t("branches.city"), initial: branch.city, maxlength: 100, autocomplete: "off", required: true },
  { name: "country", label: t("addresses.country"), hint: t("addresses.country_hint"), initial: branch.country, pattern: "[A-Za-z]{2}", minlength: 2, maxlength: 2, autocomplete: "off", required: true },
];

/** @param {any} values */
export const bodyOf = ({ name, city, country }) => ({ name: name.trim(), city: city.trim(), country: country.trim().toUpperCase() });

/** Return stretches such as 09:00-12:30, 13:30-17:00 as people write them, or none. @param {string} text */
export const stretches = (text) => text.split(/[,;]+/).map((one) => one.replace(/\s/g, "").replace("–", "-")).filter(Boolean);

/** @param {string[]} all */
export const hoursText = (all) => all.map((one) => one.replace("-", "–")).join(", ");
