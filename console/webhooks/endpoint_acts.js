/** What the owner does with a webhook endpoint: test it, edit it, have events sent again, enable it, give it another secret, remove it. */
import { html, useState } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api, asProblem } from "../shell/api.js";
import { bankDay, t } from "../shell/language.js";
import { ConfirmButton, Dialog, Notice, ProblemNotice, useOneAtATime } from "../shell/parts.js";
import { withoutSecret } from "./secret.js";
import { arrived, eventsOf, outcomeOf } from "./words.js";

/** @param {{ endpoint: any, changed: () => void, removed: () => void, show: (secret: string) => void, isShort?: boolean }} props `isShort`: in a list, where its page has the rest */
export function EndpointActs({ endpoint, changed, removed, show, isShort }) {
  const params = { endpoint_id: endpoint.id };
  const remove = async () => {
    await api.delete("/v1/webhook-endpoints/{endpoint_id}", { params, ifMatch: endpoint.version });
    removed();
  };
  return html`<div class="actions">
    <${Test} params=${params} />
    ${!isShort && html`<${Edit} endpoint=${endpoint} changed=${changed} />`}
    ${!isShort && endpoint.status === "enabled" && html`<${Replay} endpoint=${endpoint} changed=${changed} />`}
    ${endpoint.status === "disabled" &&
    html`<${ActButton} name=${`enable-${endpoint.id}-${endpoint.version}`} label=${t("webhooks.enable")} text=${t("webhooks.enable_text")} done=${changed}
      request=${(/** @type {any} */ _values, /** @type {string} */ key) => api.post("/v1/webhook-endpoints/{endpoint_id}/enable", { params, key, ifMatch: endpoint.version })} />`}
    ${!isShort && endpoint.signature === "hmac" &&
    html`<${ActButton} name=${`secret-${endpoint.id}-${endpoint.version}`} label=${t("webhooks.rotate")} text=${t("webhooks.rotate_text")} done=${changed}
      request=${() => withoutSecret(api.post("/v1/webhook-endpoints/{endpoint_id}/rotate-secret", { params, ifMatch: endpoint.version }), show)} />`}
    <${ConfirmButton} question=${t("webhooks.remove_question", { url: endpoint.url })} onConfirm=${remove}>${t("payees.remove")}<//>
  </div>`;
}

/** @param {{ endpoint: any, changed: () => void }} props */
function Edit({ endpoint, changed }) {
  const params = { endpoint_id: endpoint.id };
  return html`<${ActButton} name=${`endpoint-${endpoint.id}-${endpoint.version}`} label=${t("profile.edit")} title=${t("webhooks.edit")} done=${changed}
    fields=${[
      { name: "url", label: t("webhooks.url"), kind: "url", hint: t("webhooks.url_hint"), initial: endpoint.url ?? "", maxlength: 2000, autocomplete: "off", required: true },
      { name: "events", label: t("webhooks.events"), hint: t("webhooks.events_hint"), initial: endpoint.events.join(", "), autocomplete: "off", required: true },
      { name: "description", label: t("webhooks.description"), initial: endpoint.description ?? "", maxlength: 200, optional: true },
    ]}
    request=${({ url, events, description }) =>
      api.patch("/v1/webhook-endpoints/{endpoint_id}", { params, ifMatch: endpoint.version, body: { url: url.trim(), events: eventsOf(events), description: description.trim() || null } })} />`;
}

/** Have the events of some days sent again; a request of the API looks at a hundred. @param {{ endpoint: any, changed: () => void }} props */
function Replay({ endpoint, changed }) {
  const params = { endpoint_id: endpoint.id };
  const replay = async (/** @type {any} */ { from, to, only_failed }, /** @type {string} */ key) => {
    let [begin, queued, count] = [from, 0, 0];
    for (;;) {
      const { body } = await api.post("/v1/webhook-endpoints/{endpoint_id}/replay", { params, key: count ? `${key}-${count}` : key, body: { from: begin, to, only_failed } });
      queued += body.queued;
      count += 1;
      if (!body.next_from) return { body: { queued } };
      begin = body.next_from;
    }
  };
  return html`<${ActButton} name=${`replay-${endpoint.id}`} label=${t("webhooks.replay_range")} text=${t("webhooks.replay_text")} done=${changed}
    fields=${[
      { name: "from", label: t("history.from"), kind: "date", initial: bankDay(-7), min: bankDay(-31), max: bankDay(), required: true },
      { name: "to", label: t("history.to"), kind: "date", initial: bankDay(), max: bankDay(), required: true },
      { name: "only_failed", label: t("webhooks.only_failed"), kind: "checkbox", initial: true },
    ]}
    request=${replay} outcome=${(/** @type {any} */ { body }) => t("webhooks.replayed", { count: body.queued })} />`;
}

/** Send a test event now, and show what the receiver answered. @param {{ params: { endpoint_id: string } }} props */
function Test({ params }) {
  const [state, setState] = useState(/** @type {any} */ (null));
  const test = useOneAtATime(async () => {
    setState({ isBusy: true });
    try {
      setState({ attempt: (await api.post("/v1/webhook-endpoints/{endpoint_id}/test", { params })).body });
    } catch (error) {
      setState({ problem: asProblem(error) });
    }
  });
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
