/** The proof of one entry, checked in the browser when it is asked for. Three calls at most. */
import { html, useState } from "../vendor/preact.js";
import { api, asProblem, saveFile } from "../shell/api.js";
import { dateTime, money, t } from "../shell/language.js";
import { Badge, ProblemNotice, useOneAtATime } from "../shell/parts.js";
import { canCheck, checkProof, NotProven, needsNext } from "./proof.js";

/** A digest is made each hour, and needs a while; an entry that is older and has no proof is no longer waiting for one. */
const SEALED_AFTER_MS = 2 * 3_600_000;

/** @param {{ payment: any, entry: any }} props an entry as the payment shows it */
export function EntryProof({ payment, entry }) {
  const [state, setState] = useState(/** @type {any} */ ({ status: "idle" }));
  const check = useOneAtATime(async () => {
    setState({ status: "checking" });
    setState(await outcome(payment, entry));
  });
  const save = () => {
    const content = new Blob([JSON.stringify(state.proof, null, 2)], { type: "application/json" });
    saveFile(content, `proof-${entry.account_id}-${entry.seq}.json`);
  };
  const named = { seq: entry.seq, amount: money(entry.amount, payment.currency) };
  const isChecking = state.status === "checking";
  return html`<section class="proof" aria-label=${t("proof.of", named)}>
    <${Outcome} state=${state} />
    <div class="actions">
      <button type="button" disabled=${isChecking} aria-busy=${isChecking ? "true" : undefined} onClick=${check}>${t("proof.check", named)}</button>
      ${state.proof && html`<button type="button" onClick=${save}>${t("proof.download")}</button>`}
    </div>
    ${state.proof && html`<p class="hint">${t("proof.download_hint")}</p>`}
  </section>`;
}

/** Read what the check needs, and check it. @param {any} payment @param {any} entry */
async function outcome(payment, entry) {
  let proof = null;
  try {
    proof = await readProof(entry.account_id, entry.seq);
    if (proof === null) return { status: isYoung(payment) ? "unsealed" : "missing" };
    if (!canCheck()) return { status: "no_crypto", proof };
    const [keys, next] = await Promise.all([readKeys(), needsNext(proof) ? readProof(entry.account_id, entry.seq + 1) : null]);
    const digest = await checkProof(proof, next, { ...entry, transaction_id: payment.id }, keys);
    return { status: digest.isSignatureChecked ? "proven" : "checked", digest, proof };
  } catch (error) {
    if (error instanceof NotProven) return { status: "not_proven", reason: error.reason, proof };
    return { status: "failed", problem: asProblem(error), proof };
  }
}

/** Return the proof of an entry, or null if there is none. @param {string} account_id @param {number} seq */
async function readProof(account_id, seq) {
  try {
    return (await api.get("/v1/accounts/{account_id}/proof", { params: { account_id }, query: { seq } })).body;
  } catch (error) {
    const problem = asProblem(error);
    if (problem.code === "not_found") return null;
    throw problem;
  }
}

const readKeys = async () => (await api.get("/v1/.well-known/digest-keys.json", { anonymous: true })).body.keys;

/** @param {any} payment */
const isYoung = (payment) => Date.now() - Date.parse(payment.posted_at) < SEALED_AFTER_MS;

/** Say what the check found. Screen readers hear it, and at once if the proof does not hold. @param {{ state: any }} props */
function Outcome({ state }) {
  const { status, digest } = state;
  if (status === "failed") return html`<${ProblemNotice} problem=${state.problem} />`;
  if (status === "not_proven") return html`<${Failure} title=${t("proof.not_proven")} lines=${[t(`proof.fails.${state.reason}`), t("proof.not_proven_text")]} />`;
  if (status === "missing") return html`<${Failure} title=${t("proof.missing")} lines=${[t("proof.missing_text")]} />`;
  if (status === "no_crypto") return html`<${Failure} title=${t("proof.no_crypto")} lines=${[t("proof.no_crypto_text")]} />`;
  const by = digest && t("proof.by", { number: digest.number, at: dateTime(digest.sealedTo) });
  return html`<div role="status">
    ${status === "proven" && html`<p><${Badge} kind="good">${t("proof.proven")}<//> ${by}</p><p class="quiet">${t("proof.proven_how")}</p>`}
    ${status === "checked" && html`<p><${Badge} kind="wait">${t("proof.checked")}<//> ${by}</p><p class="quiet">${t("proof.checked_how")} ${t("proof.no_signature")}</p>`}
    ${status === "unsealed" && html`<p><${Badge} kind="wait">${t("proof.unsealed")}<//> ${t("proof.unsealed_text")}</p>`}
  </div>`;
}

/** @param {{ title: string, lines: string[] }} props */
function Failure({ title, lines }) {
  return html`<div class="notice bad" role="alert"><p><strong>${title}</strong></p>${lines.map((line) => html`<p key=${line}>${line}</p>`)}</div>`;
}
