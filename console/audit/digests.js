/** Signed digests, each checked in the browser when it is asked for. One call, and one for the keys. */
import { html, useState } from "../vendor/preact.js";
import { api, asProblem, saveFile } from "../shell/api.js";
import { dateTime, number, t } from "../shell/language.js";
import { Badge, Card, Dialog, Facts, Heading, Moment, Notice, Pages, ProblemNotice, Table, useOneAtATime, usePages } from "../shell/parts.js";
import { checkDigest } from "./digest_check.js";
import { canCheck, NotProven } from "./proof.js";

const AT_ONCE = 25;

export default function Digests() {
  const pages = usePages((cursor) => api.get("/v1/audit/digests", { query: { cursor, limit: AT_ONCE } }), []);
  const [state, setState] = useState(/** @type {any} */ ({ status: "idle", verdicts: {} }));
  const check = useOneAtATime(async () => {
    setState({ status: "checking", verdicts: {} });
    try {
      const { keys } = (await api.get("/v1/.well-known/digest-keys.json", { anonymous: true })).body;
      setState({ status: "checked", verdicts: await verdictsOf(pages.rows, keys) });
    } catch (error) {
      setState({ status: "failed", problem: asProblem(error), verdicts: {} });
    }
  });
  const isChecking = state.status === "checking";
  return html`
    <${Heading} title=${t("digests.title")} lead=${t("digests.lead")}>
      ${pages.rows.length > 0 && canCheck() && html`<button type="button" class="primary" disabled=${isChecking} aria-busy=${isChecking ? "true" : undefined} onClick=${check}>${t("digests.check")}</button>`}
    <//>
    <div class="stack">
      ${!canCheck() && html`<${Notice} kind="wait" title=${t("proof.no_crypto")}><p>${t("proof.no_crypto_text")}</p><//>`}
      ${state.status === "failed" && html`<${ProblemNotice} problem=${state.problem} />`}
      ${state.status === "checked" && html`<${Verdict} verdicts=${Object.values(state.verdicts)} />`}
      <${Card}>
        <${Pages} pages=${pages} empty=${t("digests.none")}>${(/** @type {any[]} */ rows) => html`<${Table}
          caption=${t("digests.title")} rows=${rows} keyOf=${(/** @type {any} */ row) => row.number}
          columns=${[
            { label: t("payment.number"), cell: (row) => html`<${Details} digest=${row} />` },
            { label: t("digests.to"), cell: (row) => html`<${Moment} at=${row.sealed_to} />` },
            { label: t("digests.entries"), numeric: true, cell: (row) => number(row.entries) },
            { label: t("digests.verdict"), cell: (row) => html`<${Mark} verdict=${state.verdicts[row.number]} />` },
          ]} />`}<//>
      <//>
    </div>
  `;
}

/** Check each digest against the one before it, which is the next of the list. @param {any[]} rows @param {any[]} keys */
async function verdictsOf(rows, keys) {
  const verdicts = await Promise.all(rows.map(async (digest, place) => [digest.number, await verdictOf(digest, rows[place + 1], keys)]));
  return Object.fromEntries(verdicts);
}

/** @param {any} digest @param {any} before @param {any[]} keys */
async function verdictOf(digest, before, keys) {
  try {
    return { number: digest.number, ...(await checkDigest(digest, before, keys)) };
  } catch (error) {
    if (error instanceof NotProven) return { number: digest.number, reason: error.reason };
    throw error;
  }
}

/** @param {{ verdicts: any[] }} props */
function Verdict({ verdicts }) {
  const wrong = verdicts.filter((one) => one.reason);
  if (wrong.length > 0)
    return html`<div class="notice bad" role="alert"><p><strong>${t("digests.wrong")}</strong></p>
      <ul>${wrong.map((one) => html`<li key=${one.number}>${t("digests.number", { number: number(one.number) })}: ${t(`proof.fails.${one.reason}`)}</li>`)}</ul>
      <p>${t("digests.wrong_text")}</p></div>`;
  if (verdicts.some((one) => !one.isSignatureChecked)) return html`<${Notice} kind="wait" title=${t("digests.partly")}><p>${t("proof.no_signature")}</p><//>`;
  return html`<${Notice} title=${t("digests.right", { count: number(verdicts.length) })}><p>${t("digests.right_text")}</p><//>`;
}

/** @param {{ verdict: any }} props */
function Mark({ verdict }) {
  if (!verdict) return html`<span class="quiet">${t("digests.unchecked")}</span>`;
  if (verdict.reason) return html`<${Badge} kind="bad">${t("digests.mark.wrong")}<//>`;
  return html`<${Badge} kind=${verdict.isSignatureChecked ? "good" : "wait"}>${t(verdict.isLinkChecked ? "digests.mark.linked" : "digests.mark.signed")}<//>`;
}

/** All that a digest says, and the digest as a file, to be kept elsewhere. @param {{ digest: any }} props */
function Details({ digest }) {
  const [isOpen, setOpen] = useState(false);
  const title = t("digests.number", { number: number(digest.number) });
  const save = () => saveFile(new Blob([JSON.stringify(digest, null, 2)], { type: "application/json" }), `digest-${digest.number}.json`);
  const hash = (/** @type {string} */ text) => html`<span class="hash">${text}</span>`;
  return html`<button type="button" class="text-button" onClick=${() => setOpen(true)}>${title}</button>
    ${isOpen && html`<${Dialog} title=${title} onClose=${() => setOpen(false)}>
      <${Facts} rows=${[
        [t("digests.from"), dateTime(digest.sealed_from)],
        [t("digests.to"), dateTime(digest.sealed_to)],
        [t("digests.entries"), number(digest.entries)],
        [t("digests.leaves"), number(digest.leaves)],
        [t("digests.root"), hash(digest.root)],
        [t("digests.hash"), hash(digest.hash)],
        [t("digests.previous"), hash(digest.previous_hash)],
        [t("digests.key"), hash(digest.key_id)],
      ]} />
      <p class="hint">${t("digests.keep")}</p>
      <div class="actions"><button type="button" onClick=${save}>${t("digests.download")}</button><button type="button" class="primary" onClick=${() => setOpen(false)}>${t("close")}</button></div>
    <//>`}`;
}
