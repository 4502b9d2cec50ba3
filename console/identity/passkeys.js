/** Passkeys in the browser: made and used with navigator.credentials, in the JSON that the API speaks. */
import { Problem } from "../shell/api.js";

/** What a browser's refusal means for the user; strings/*.json have the words. @type {Record<string, string>} */
const CODES = {
  InvalidStateError: "passkey_known",
  NotAllowedError: "passkey_cancelled",
  SecurityError: "passkey_elsewhere",
};

/** Have an authenticator make a passkey. @param {any} options of POST /v1/auth/factors */
export const makePasskey = (options) =>
  asked(() => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }));

/** Have an authenticator prove that it has a passkey of the user. @param {any} options of a challenge */
export const usePasskey = (options) =>
  asked(() => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }));

/** Return what the API wants of the browser's answer. @param {() => Promise<any>} request */
async function asked(request) {
  if (!("PublicKeyCredential" in window) || !("parseCreationOptionsFromJSON" in PublicKeyCredential)) {
    throw new Problem(0, { code: "passkey_unavailable" });
  }
  try {
    return (await request()).toJSON();
  } catch (error) {
    throw new Problem(0, { code: CODES[/** @type {any} */ (error).name] ?? "passkey_unavailable" });
  }
}
