/** Amounts by currency as lines that people write: a currency and an amount in each. */
import { readAmount, typedAmount } from "../shell/language.js";

/** @param {Record<string, string>} amounts */
export const amountLines = (amounts) => Object.entries(amounts).map(([currency, amount]) => `${currency} ${typedAmount(amount)}`).join("\n");

/** Return the amounts for the API; what is not understood as it is, so that the API says what is wrong. @param {string} lines @returns {Record<string, string>} */
export function readLines(lines) {
  const written = lines.split("\n").map((line) => line.trim().split(/\s+/)).filter(([currency]) => currency);
  return Object.fromEntries(written.map(([currency, ...parts]) => [currency.toUpperCase(), understood(parts.join(""), currency.toUpperCase())]));
}

/** @param {string} text @param {string} currency */
function understood(text, currency) {
  if (!/^[A-Z]{3}$/.test(currency)) return text;
  const read = readAmount(text, currency, true);
  return "amount" in read ? read.amount : text;
}
