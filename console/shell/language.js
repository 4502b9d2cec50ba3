/** Words, amounts and times in the reader's language. Every string is in strings/<language>.json. */
import { signal } from "../vendor/preact.js";

export const LANGUAGES = ["en", "de"];
const CHOICE = "florin.language";
const ZONE = document.querySelector("meta[name=florin-zone]")?.getAttribute("content") ?? "UTC";

/** @type {{ value: string }} */
export const language = signal("en");
/** @type {Record<string, string>} */
let words = {};

/** Load the catalogue of the chosen language, or of the browser's. */
export async function loadLanguage(chosen = localStorage.getItem(CHOICE) ?? navigator.language.slice(0, 2)) {
  const code = LANGUAGES.includes(chosen) ? chosen : "en";
  const response = await fetch(`strings/${code}.json`);
  words = await response.json();
  document.documentElement.lang = code;
  language.value = code;
}

/** Change the language for this browser. @param {string} code */
export async function chooseLanguage(code) {
  localStorage.setItem(CHOICE, code);
  await loadLanguage(code);
}

/** Return the words for a key, with {names} filled in. @param {string} key @param {Record<string, string | number>} values */
export function t(key, values = {}) {
  language.value; // whoever shows words is drawn again when the language changes
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** Return the words for a key, or null if there are none. @param {string} key @param {Record<string, string | number>} values */
export function maybe(key, values = {}) {
  return key in words ? t(key, values) : null;
}

const locale = () => navigator.languages.find((one) => one.startsWith(language.value)) ?? language.value;

/** Return an amount of a currency for people. @param {string} amount a decimal string @param {string} currency */
export function money(amount, currency) {
  return new Intl.NumberFormat(locale(), { style: "currency", currency }).format(/** @type {any} */ (amount)).replace("-", "−");
}

/** Return a rough amount for the scale of a chart. @param {number} value @param {string} currency */
export const shortMoney = (value, currency) =>
  new Intl.NumberFormat(locale(), { style: "currency", currency, notation: "compact", maximumFractionDigits: 1, minimumFractionDigits: 0 }).format(value);

/** Return a plain number for people. @param {number | string} value @param {Intl.NumberFormatOptions} [options] */
export const number = (value, options) => new Intl.NumberFormat(locale(), options).format(/** @type {any} */ (value));

/** Return how many decimals a currency has. @param {string} currency */
function decimalsOf(currency) {
  const options = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions();
  return options.maximumFractionDigits ?? 2;
}

/**
 * Understand an amount as people write it, "1.234,56" or "1,234.56", and return a decimal string for the API.
 * A separator that occurs with the other one, or cannot group thousands, is the decimal one; else the language decides.
 * @param {string} text @param {string} currency @param {boolean} [zero] it may be zero @returns {{ amount: string } | { problem: string }}
 */
export function readAmount(text, currency, zero = false) {
  const plain = text.trim().replace(/[\s\u00a0\u202f'’]/g, "");
  if (plain === "") return { problem: "amount.missing" };
  if (!/^\d[\d.,]*$/.test(plain)) return { problem: "amount.not_understood" };
  const decimal = decimalMark(plain);
  const [whole, fraction = "", ...rest] = decimal ? plain.split(decimal) : [plain];
  const grouped = whole.split(/[.,]/);
  const isGrouped = grouped.length === 1 || (grouped[0].length <= 3 && grouped.slice(1).every((part) => part.length === 3));
  if (rest.length || !isGrouped || /[.,]/.test(fraction)) return { problem: "amount.not_understood" };
  const decimals = decimalsOf(currency);
  if (fraction.length > decimals) return { problem: decimals ? "amount.too_exact" : "amount.no_decimals" };
  const digits = grouped.join("").replace(/^0+(?=\d)/, "");
  if (!zero && !/[1-9]/.test(digits + fraction)) return { problem: "amount.zero" };
  return { amount: decimals ? `${digits}.${fraction.padEnd(decimals, "0")}` : digits };
}

/** Return a decimal number of the API as people would type it. @param {string} amount a decimal string */
export const typedAmount = (amount) => amount.replace(".", localMark());

/** Return the decimal separator of the reader's language. */
const localMark = () => new Intl.NumberFormat(locale()).formatToParts(1.5).find((part) => part.type === "decimal")?.value ?? ".";

/** Return the decimal separator of a number as written, or "". @param {string} plain */
function decimalMark(plain) {
  const marks = [...plain.matchAll(/[.,]/g)].map((found) => found[0]);
  if (marks.length === 0) return "";
  const last = marks[marks.length - 1];
  if (new Set(marks).size === 2) return last;
  if (marks.length > 1) return "";
  const canGroup = plain.length - plain.indexOf(last) - 1 === 3 && !plain.startsWith("0");
  return last === localMark() || !canGroup ? last : "";
}

/** Return a date for people. @param {string} iso a date or a timestamp */
export function date(iso) {
  const isDay = iso.length === 10;
  const format = new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeZone: isDay ? "UTC" : ZONE });
  return format.format(new Date(iso));
}

/** Return a day without its year, such as for a chart. @param {string} iso */
export function shortDate(iso) {
  const zone = iso.length === 10 ? "UTC" : ZONE;
  return new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", timeZone: zone }).format(new Date(iso));
}

/** Return a moment for people, with the bank's zone. @param {string | Date} iso */
export function dateTime(iso) {
  return new Intl.DateTimeFormat(locale(), {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZone: ZONE,
    timeZoneName: "short",
  }).format(new Date(iso));
}

/** Return a month such as 2026-10 for people. @param {string} period */
export function month(period) {
  return new Intl.DateTimeFormat(locale(), { year: "numeric", month: "long", timeZone: "UTC" }).format(new Date(`${period}-01`));
}

/** Return today's date at the bank, some days later or earlier. */
export function bankDay(offset = 0) {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE }).format(new Date(Date.now() + offset * 86_400_000));
  return parts;
}

/** Return an IBAN or account number in groups of four. @param {string} text */
export const grouped = (text) => text.replace(/(.{4})(?=.)/g, "$1\u00a0");

/** Return the name of a country. @param {string | null} code of two letters */
export function country(code) {
  try {
    return code && new Intl.DisplayNames(locale(), { type: "region" }).of(code);
  } catch {
    return code; // not a code that the browser knows how to read
  }
}
