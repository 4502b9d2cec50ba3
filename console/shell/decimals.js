/** Exact sums of the API's decimal strings. */

/** Return the sum of amounts of one currency. @param {string[]} amounts @returns {string} */
export function sum(amounts) {
  const decimals = Math.max(0, ...amounts.map((one) => one.split(".")[1]?.length ?? 0));
  const minor = amounts.reduce((so_far, one) => so_far + toMinor(one, decimals), 0n);
  const digits = String(minor < 0n ? -minor : minor).padStart(decimals + 1, "0");
  const text = decimals ? `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}` : digits;
  return minor < 0n ? `-${text}` : text;
}

/** @param {string} amount @param {number} decimals */
function toMinor(amount, decimals) {
  const [whole, fraction = ""] = amount.replace("-", "").split(".");
  const minor = BigInt(whole + fraction.padEnd(decimals, "0"));
  return amount.startsWith("-") ? -minor : minor;
}
