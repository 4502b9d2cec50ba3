/**
 * Check that an entry is sealed, step by step as docs/verify_proof.py does, and that its account's chain leads on from
 * it. Nothing here knows the page or the API. The hashes and the signature are WebCrypto's.
 *
 * @typedef {{ text: string, index: number, size: number, path: string[] }} Step
 * @typedef {{ text: string, signature: string, key_id: string }} Digest
 * @typedef {{ account_id: string, seq: number, entry: Step, leaf: Step, partition: Step, digest: Digest }} Proof
 * @typedef {{ key_id: string, algorithm: string, public_key: string }} Key
 * @typedef {{ account_id: string, seq: number, transaction_id: string, amount: string, balance_after: string }} Shown
 */

const FORMAT = "florin-digest-1";
const ALGORITHM = "ECDSA_SHA_256";
const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const COORDINATE_BYTES = 32;

/** The step that does not hold: `reason` has words in strings/*.json, under `proof.fails`. */
export class NotProven extends Error {
  /** @param {string} reason */
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/** Return whether this page may use WebCrypto, which browsers allow only on encrypted and local addresses. */
export const canCheck = () => globalThis.crypto?.subtle !== undefined;

/** Return whether the proof of the next entry is needed to follow the chain: the leaf names only its last hash. @param {Proof} proof */
export const needsNext = (proof) => checked(() => JSON.parse(proof.leaf.text)[2] > proof.seq);

/**
 * Check a proof of the entry that the page shows. Raises NotProven.
 * @param {Proof} proof @param {Proof | null} next the proof of the next entry, if `needsNext`
 * @param {Shown} shown what the page says of the entry @param {Key[]} keys what the bank publishes
 * @returns {Promise<{ number: number, sealedTo: string, isSignatureChecked: boolean }>} the digest, and whether this
 * browser could check its signature
 */
export async function checkProof(proof, next, shown, keys) {
  return checked(async () => {
    const { entry, leaf, digest } = await checkSteps(proof);
    const isSigned = await checkSignature(proof.digest, keys);
    require(isSigned !== false, "signature");
    require(proof.account_id === shown.account_id && proof.seq === shown.seq, "other");
    require(entry[3] === shown.transaction_id, "other");
    require(entry[5] === minorUnits(shown.amount) && entry[7] === minorUnits(shown.balance_after), "shown");
    await checkChain(proof, entry, leaf, next);
    return { number: digest.number, sealedTo: digest.sealed_to, isSignatureChecked: isSigned === true };
  });
}

/** Follow the entry's hash through its leaf and its partition to the digest's root. @param {Proof} proof */
async function checkSteps(proof) {
  const [entry, leaf, partition] = [proof.entry, proof.leaf, proof.partition].map((step) => JSON.parse(step.text));
  const digest = JSON.parse(proof.digest.text);
  require(digest.format === FORMAT, "format");
  // The tree of entries is made of the hashes that the account's chain has.
  const roots = {
    entry: await root(await sha256(bytes(proof.entry.text)), proof.entry),
    leaf: await root(bytes(proof.leaf.text), proof.leaf),
    partition: await root(bytes(proof.partition.text), proof.partition),
  };
  require(roots.partition === digest.root, "partition");
  require(roots.leaf === partition[1], "leaf");
  require(roots.entry === leaf[7], "entry");
  require(entry[1] === leaf[0] && leaf[0] === proof.account_id && entry[2] === proof.seq, "other");
  require(leaf[1] + proof.entry.index === entry[2] && entry[2] <= leaf[2], "place");
  return { entry, leaf, digest };
}

/**
 * Check that the entry follows the one before its leaf, and is followed by the next entry or ends the leaf.
 * @param {Proof} proof @param {any[]} entry @param {any[]} leaf @param {Proof | null} next
 */
async function checkChain(proof, entry, leaf, next) {
  const hash = hex(await sha256(bytes(proof.entry.text)));
  if (entry[2] === leaf[1]) require(entry[0] === leaf[5], "chain");
  if (entry[2] === leaf[2]) return require(hash === leaf[6], "chain");
  if (next === null || next.leaf.text !== proof.leaf.text || next.digest.text !== proof.digest.text) throw new NotProven("chain");
  const after = (await checkSteps(next)).entry;
  require(after[2] === entry[2] + 1 && after[0] === hash, "chain");
}

/**
 * Return the root of the Merkle tree in which the data is the leaf of a step (RFC 9162, section 2.1.3.2).
 * @param {Uint8Array} data @param {Step} step
 */
async function root(data, { index, size, path }) {
  require(Number.isSafeInteger(index) && Number.isSafeInteger(size) && 0 <= index && index < size, "place");
  let node = await sha256(joined(Uint8Array.of(0), data));
  const neighbours = path.map(fromHex);
  for (let at = index, last = size - 1; last > 0; at = Math.floor(at / 2), last = Math.floor(last / 2)) {
    if (at % 2 === 0 && at >= last) continue;
    const neighbour = neighbours.shift();
    if (neighbour === undefined) throw new NotProven("path");
    node = await sha256(at % 2 ? joined(Uint8Array.of(1), neighbour, node) : joined(Uint8Array.of(1), node, neighbour));
  }
  require(neighbours.length === 0, "path");
  return hex(node);
}

/**
 * Return whether the key that a digest names has signed it; null if this browser does not know the algorithm.
 * @param {Digest} digest @param {Key[]} keys @returns {Promise<boolean | null>}
 */
export async function checkSignature(digest, keys) {
  const key = keys.find((one) => one.key_id === digest.key_id);
  if (key === undefined) throw new NotProven("key");
  if (key.algorithm !== ALGORITHM) return null;
  const pem = fromBase64(key.public_key.replace(/-----[^-]+-----|\s/g, ""));
  try {
    const verifier = await crypto.subtle.importKey("spki", pem, CURVE, false, ["verify"]);
    const signature = signatureOf(fromBase64(digest.signature));
    return await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, verifier, signature, bytes(digest.text));
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotSupportedError") return null;
    throw error;
  }
}

/**
 * Return a signature as WebCrypto takes it, two numbers of 32 bytes, of one in DER, a sequence of two integers.
 * @param {Uint8Array} der
 */
function signatureOf(der) {
  require(der[0] === 0x30 && der[1] === der.length - 2, "signature");
  const first = coordinate(der, 2);
  const second = coordinate(der, first.end);
  require(second.end === der.length, "signature");
  return joined(first.value, second.value);
}

/** Read an integer of a DER sequence. @param {Uint8Array} der @param {number} at */
function coordinate(der, at) {
  const end = at + 2 + der[at + 1];
  require(der[at] === 0x02 && end <= der.length, "signature");
  const digits = der.slice(at + 2, end);
  const value = digits.slice(Math.max(0, digits.length - COORDINATE_BYTES));
  require(digits.slice(0, digits.length - value.length).every((byte) => byte === 0), "signature");
  return { value: joined(new Uint8Array(COORDINATE_BYTES - value.length), value), end };
}

/** Return an amount such as "-7.00" as the ledger has it: −700. @param {string} amount */
const minorUnits = (amount) => Number(amount.replace(".", ""));

/** Raise NotProven unless something holds. @param {boolean} holds @param {string} reason */
export function require(holds, reason) {
  if (!holds) throw new NotProven(reason);
}

/**
 * Do a check; whatever cannot be read on the way is a proof that does not hold.
 * @template T @param {() => T} check @returns {T}
 */
export function checked(check) {
  const asNotProven = (/** @type {unknown} */ error) => {
    throw error instanceof NotProven ? error : new NotProven("unreadable");
  };
  try {
    const result = check();
    return result instanceof Promise ? /** @type {T} */ (result.catch(asNotProven)) : result;
  } catch (error) {
    return asNotProven(error);
  }
}

/** @param {string} text */
export const bytes = (text) => new TextEncoder().encode(text);

/** @param {Uint8Array<ArrayBuffer>} data */
export const sha256 = async (data) => new Uint8Array(await crypto.subtle.digest("SHA-256", data));

/** @param {Uint8Array} data */
export const hex = (data) => Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** @param {string} text of 64 hexadecimal digits */
function fromHex(text) {
  require(/^[0-9a-f]{64}$/.test(text), "path");
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** @param {string} text */
const fromBase64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** @param {Uint8Array[]} parts */
function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
