/** One webhook endpoint and what was delivered to it. Two calls; a third for the attempts of a delivery. */
import { html, useState } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { dateTime, t } from "../shell/language.js";
import { Badge, Card, ConfirmButton, Dialog, Facts, Heading, Moment, Notice, Pages, Resource, Table, usePages, useResource } from "../shell/parts.js";
import { go } from "../shell/router.js";
import { EndpointActs } from "./endpoint_acts.js";
import { Secret } from "./secret.js";
import { arrived, DELIVERY_KIND, eventNames, outcomeOf, STATUS_KIND } from "./words.js";

const STATUSES = ["pending", "succeeded", "failed", "cancelled"];

/** @param {{ params: { endpoint_id: string } }} props */
export default function Endpoint({ params }) {
  const endpoint = useResource(async () => (await api.get("/v1/webhook-endpoints/{endpoint_id}", { params })).body, [params.endpoint_id]);
  const [secret, setSecret] = useState(/** @type {string | null} */ (null));
  return html`
    <${Heading} title=${t("webhooks.one")}><a class="button" href="#/webhooks">${t("webhooks.title")}</a><//>
    ${secret && html`<${Secret} secret=${secret} seen=${() => setSecret(null)} />`}
    <${Resource} of=${endpoint} lines=${5}>${(/** @type {any} */ value) => html`<${About} endpoint=${value} reload=${endpoint.reload} show=${setSecret} />`}<//>
    <${Deliveries} params=${params} />
  `;
}

/** @param {{ endpoint: any, reload: () => void, show: (secret: string) => void }} props */
function About({ endpoint, reload, show }) {
  return html`<${Card} title=${endpoint.description ?? t("webhooks.one")} aside=${html`<${Badge} kind=${STATUS_KIND[endpoint.status]}>${t(`webhooks.status.${endpoint.status}`)}<//>`}>
    ${endpoint.status === "disabled" && html`<${Notice} kind="wait"><p>${t(`webhooks.disabled.${endpoint.disabled_reason}`)}</p><//>`}
    <${Facts} rows=${[
      [t("webhooks.url"), endpoint.url],
      [t("webhooks.events"), eventNames(endpoint)],
      [t("webhooks.signature"), t(`webhooks.signature.${endpoint.signature}`)],
      [t("webhooks.old_secret"), endpoint.previous_secret_until && dateTime(endpoint.previous_secret_until)],
      [t("webhooks.since"), dateTime(endpoint.created_at)],
    ]} />
    <${EndpointActs} endpoint=${endpoint} changed=${reload} removed=${() => go("#/webhooks", { replace: true })} show=${show} />
  <//>`;
}

/** @param {{ params: { endpoint_id: string } }} props */
function Deliveries({ params }) {
  const [status, setStatus] = useState("");
  const pages = usePages((cursor) => api.get("/v1/webhook-endpoints/{endpoint_id}/deliveries", { params, query: { status, cursor } }), [params.endpoint_id, status]);
  return html`<${Card} title=${t("webhooks.deliveries")}>
    <div class="field"><label for="delivery-status">${t("approvals.show")}</label>
      <select id="delivery-status" value=${status} onChange=${(/** @type {any} */ event) => setStatus(event.target.value)}>
        <option value="" selected=${status === ""}>${t("tickets.all")}</option>
        ${STATUSES.map((one) => html`<option key=${one} value=${one} selected=${one === status}>${t(`webhooks.delivery.${one}`)}</option>`)}
      </select>
    </div>
    <${Pages} pages=${pages} empty=${t("webhooks.no_deliveries")}>${(/** @type {any[]} */ rows) => html`<${Table}
      caption=${t("webhooks.deliveries")}
      rows=${rows}
      columns=${[
        { label: t("webhooks.event"), cell: (row) => row.event_type },
        { label: t("orders.status"), cell: (row) => html`<${Badge} kind=${DELIVERY_KIND[row.status]}>${t(`webhooks.delivery.${row.status}`)}<//>` },
        { label: t("webhooks.attempts"), cell: (row) => row.attempt_count, numeric: true },
        { label: t("webhooks.since"), cell: (row) => html`<${Moment} at=${row.created_at} />` },
        { label: t("webhooks.next"), cell: (row) => (row.next_attempt_at ? html`<${Moment} at=${row.next_attempt_at} />` : "–") },
        { label: t("actions"), cell: (row) => html`<${DeliveryActs} delivery=${row} reload=${pages.reload} />` },
      ]} />`}<//>
  <//>`;
}

/** @param {{ delivery: any, reload: () => void }} props */
function DeliveryActs({ delivery, reload }) {
  const params = { delivery_id: delivery.id };
  const [isOpen, setOpen] = useState(false);
  const replay = async (/** @type {string} */ key) => {
    await api.post("/v1/deliveries/{delivery_id}/replay", { params, key });
    reload();
  };
  return html`<div class="actions">
    <button type="button" onClick=${() => setOpen(true)}>${t("webhooks.attempts")}</button>
    <${ConfirmButton} kind="" question=${t("webhooks.replay_question")} onConfirm=${replay}>${t("webhooks.replay")}<//>
    ${isOpen && html`<${Attempts} params=${params} close=${() => setOpen(false)} />`}
  </div>`;
}

/** The last attempts of a delivery and what the receiver answered. @param {{ params: { delivery_id: string }, close: () => void }} props */
function Attempts({ params, close }) {
  const delivery = useResource(async () => (await api.get("/v1/deliveries/{delivery_id}", { params })).body, [params.delivery_id]);
  return html`<${Dialog} title=${t("webhooks.attempts")} onClose=${close}>
    <${Resource} of=${delivery}>${(/** @type {any} */ { attempts }) =>
      attempts.length === 0
        ? html`<p class="empty">${t("webhooks.no_attempts")}</p>`
        : html`<ol class="rows">${attempts.map(
            (/** @type {any} */ one) => html`<li key=${one.at}>
              <p><${Badge} kind=${arrived(one) ? "good" : "bad"}>${outcomeOf(one)}<//></p>
              <p class="quiet">${dateTime(one.at)}${one.answer && ` · ${one.answer}`}</p>
            </li>`,
          )}</ol>`}<//>
    <div class="actions"><button type="button" class="primary" onClick=${close}>${t("close")}</button></div>
  <//>`;
}
