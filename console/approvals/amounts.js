/** Amounts by currency as lines that people write: a currency and an amount in each. */

/** @param {Record<string, string>} amounts */
export const amountLines = (amounts) => Object.entries(amounts).map(([currency, amount]) => `${currency} ${amount}`).join("\n");

/** @param {string} lines @returns {Record<string, string>} */
export function readLines(lines) {
  const written = lines.split("\n").map((line) => line.trim().split(/\s+/)).filter(([currency]) => currency);
  return Object.fromEntries(written.map(([currency, amount = ""]) => [currency.toUpperCase(), amount]));
}
