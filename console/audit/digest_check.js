/**
 * Check digests one after another: the hash and the signature of each, that its fields are those of the signed text,
 * and that it contains the hash of the one before it.
 *
 * @typedef {{ number: number, sealed_from: string, sealed_to: string, leaves: number, entries: number, root: string,
 *   previous_hash: string, hash: string, text: string, signature: string, key_id: string }} Digest as the API lists it
 */
import { bytes, checked, checkSignature, hex, require, sha256 } from "./proof.js";

const FORMAT = "florin-digest-1";
const FIELDS = /** @type {const} */ (["number", "sealed_from", "sealed_to", "leaves", "entries", "root", "previous_hash"]);

/**
 * Raise NotProven unless a digest holds.
 * @param {Digest} digest @param {Digest | undefined} before the digest before it, if the page has it
 * @param {import("./proof.js").Key[]} keys what the bank publishes
 * @returns {Promise<{ isSignatureChecked: boolean, isLinkChecked: boolean }>} what this browser could check
 */
export async function checkDigest(digest, before, keys) {
  return checked(async () => {
    const signed = JSON.parse(digest.text);
    require(signed.format === FORMAT, "format");
    require(hex(await sha256(bytes(digest.text))) === digest.hash, "hash");
    for (const field of FIELDS) require(signed[field] === digest[field], "fields");
    const isSigned = await checkSignature(digest, keys);
    require(isSigned !== false, "signature");
    if (before) require(before.number === digest.number - 1 && before.hash === digest.previous_hash, "previous");
    return { isSignatureChecked: isSigned === true, isLinkChecked: before !== undefined || digest.number === 1 };
  });
}
