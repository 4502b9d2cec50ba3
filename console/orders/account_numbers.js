/** Account numbers and IBANs as people type them. */

/** Return it without spaces, in capitals. @param {string} text */
export const plainNumber = (text) => text.replace(/[\s\u00a0]/g, "").toUpperCase();

/** Return whether it is written like an IBAN; the API checks its digits. @param {string} plain */
export const looksLikeIban = (plain) => /^[A-Z]{2}\d{2}[A-Z0-9]{8,30}$/.test(plain);
