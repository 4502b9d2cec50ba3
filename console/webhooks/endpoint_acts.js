/** What the owner does with a webhook endpoint: test it, enable it, give it another secret, remove it. */
import { html, useState } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api, asProblem } from "../shell/api.js";
import { t } from "../shell/language.js";
import { ConfirmButton, Dialog, Notice, ProblemNotice } from "../shell/parts.js";
import { withoutSecret } from "./secret.js";
import { arrived, outcomeOf } from "./words.js";

/** @param {{ endpoint: any, changed: () => void, removed: () => void, show: (secret: string) => void }} props */
export function EndpointActs({ endpoint, changed, removed, show }) {
  const params = { endpoint_id: endpoint.id };
  const remove = async () => {
    await api.delete("/v1/webhook-endpoints/{endpoint_id}", { params, ifMatch: endpoint.version });
    removed();
  };
  return html`<div class="actions">
    <${Test} params=${params} />
    ${endpoint.status === "disabled" &&
    html`<${ActButton} name=${`enable-${endpoint.id}-${endpoint.version}`} label=${t("webhooks.enable")} text=${t("webhooks.enable_text")} done=${changed}
      request=${(/** @type {any} */ _values, /** @type {string} */ key) => api.post("/v1/webhook-endpoints/{endpoint_id}/enable", { params, key, ifMatch: endpoint.version })} />`}
    ${endpoint.signature === "hmac" &&
    html`<${ActButton} name=${`secret-${endpoint.id}-${endpoint.version}`} label=${t("webhooks.rotate")} text=${t("webhooks.rotate_text")} done=${changed}
      request=${() => withoutSecret(api.post("/v1/webhook-endpoints/{endpoint_id}/rotate-secret", { params, ifMatch: endpoint.version }), show)} />`}
    <${ConfirmButton} question=${t("webhooks.remove_question", { url: endpoint.url })} onConfirm=${remove}>${t("payees.remove")}<//>
  </div>`;
}

/** Send a test event now, and show what the receiver answered. @param {{ params: { endpoint_id: string } }} props */
function Test({ params }) {
  const [state, setState] = useState(/** @type {any} */ (null));
  const test = async () => {
    setState({ isBusy: true });
    try {
      setState({ attempt: (await api.post("/v1/webhook-endpoints/{endpoint_id}/test", { params })).body });
    } catch (error) {
      setState({ problem: asProblem(error) });
    }
  };
  const close = () => setState(null);
  return html`
    <button type="button" disabled=${state?.isBusy} aria-busy=${state?.isBusy ? "true" : undefined} onClick=${test}>${t("webhooks.test")}</button>
    ${(state?.attempt || state?.problem) &&
    html`<${Dialog} title=${t("webhooks.test")} onClose=${close}>
      ${state.problem ? html`<${ProblemNotice} problem=${state.problem} />` : html`<${TestOutcome} attempt=${state.attempt} />`}
      <div class="actions"><button type="button" class="primary" onClick=${close}>${t("close")}</button></div>
    <//>`}
  `;
}

/** @param {{ attempt: any }} props */
function TestOutcome({ attempt }) {
  const isFine = arrived(attempt);
  return html`<${Notice} kind=${isFine ? "good" : "bad"} title=${t(isFine ? "webhooks.test_arrived" : "webhooks.test_failed")}>
    <p>${outcomeOf(attempt)}</p>
    ${attempt.answer && html`<p class="quiet">${attempt.answer}</p>`}
  <//>`;
}
