/** Rates as people write and read them. The API has fractions: 0.0325 is 3.25 % a year. */
import { number, typedAmount } from "../shell/language.js";

/** @param {string} fraction */
export const percent = (fraction) => number(fraction, { style: "percent", minimumFractionDigits: 2, maximumFractionDigits: 4 });

/** Return the fraction of a percentage such as 3.25 or 3,25, exactly. @param {string} text */
export function fractionOf(text) {
  const [whole, decimals = ""] = text.trim().replace(",", ".").split(".");
  const padded = whole.padStart(3, "0");
  const point = padded.length - 2;
  return `${Number(padded.slice(0, point))}.${padded.slice(point)}${decimals}`;
}

/** Return the percentage of a fraction, as the reader types it. @param {string} fraction such as 0.0325 */
export function typedPercent(fraction) {
  const [whole, decimals = ""] = fraction.split(".");
  const shifted = decimals.padEnd(2, "0");
  const kept = shifted.slice(2).replace(/0+$/, "").padEnd(2, "0");
  return typedAmount(`${Number(whole + shifted.slice(0, 2))}.${kept}`);
}
