/** Addresses to which the bank sends events: of the customer, or for managers and admins of the bank. One call. */
import { html, useState } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { t } from "../shell/language.js";
import { Badge, Card, Heading, Pages, Table, usePages } from "../shell/parts.js";
import * as session from "../shell/session.js";
import { EndpointActs } from "./endpoint_acts.js";
import { Secret, withoutSecret } from "./secret.js";
import { eventNames, eventsOf, STATUS_KIND } from "./words.js";

export default function Endpoints() {
  const pages = usePages(() => api.get("/v1/webhook-endpoints"), []);
  const [secret, setSecret] = useState(/** @type {string | null} */ (null));
  return html`
    <${Heading} title=${t("webhooks.title")} lead=${t(session.hasRole(["customer"]) ? "webhooks.lead" : "webhooks.lead_staff")}>
      <${AddEndpoint} added=${pages.reload} show=${setSecret} />
    <//>
    ${secret && html`<${Secret} secret=${secret} seen=${() => setSecret(null)} />`}
    <${Card}>
      <${Pages} pages=${pages} empty=${t("webhooks.none")}>${(/** @type {any[]} */ rows) => html`<${Table}
        caption=${t("webhooks.title")}
        rows=${rows}
        columns=${[
          { label: t("webhooks.url"), cell: addressOf },
          { label: t("webhooks.events"), cell: eventNames },
          { label: t("orders.status"), cell: (row) => html`<${Badge} kind=${STATUS_KIND[row.status]}>${t(`webhooks.status.${row.status}`)}<//>` },
          { label: t("actions"), cell: (row) => html`<${EndpointActs} endpoint=${row} isShort changed=${pages.reload} removed=${pages.reload} show=${setSecret} />` },
        ]} />`}<//>
    <//>
  `;
}

/** @param {any} endpoint */
const addressOf = ({ id, url, description }) =>
  html`<div><a class="text" href=${`#/webhooks/${id}`}>${url}</a>${description && html`<br /><span class="quiet">${description}</span>`}</div>`;

/** Add an endpoint; a secret is shown once and in no draft. @param {{ added: () => void, show: (secret: string) => void }} props */
function AddEndpoint({ added, show }) {
  const signatures = ["ed25519", "hmac"].map((value) => ({ value, label: t(`webhooks.signature.${value}`) }));
  return html`<${ActButton} name="webhook-endpoint" label=${t("webhooks.add")} done=${added}
    fields=${[
      { name: "url", label: t("webhooks.url"), kind: "url", hint: t("webhooks.url_hint"), maxlength: 2000, autocomplete: "off", required: true },
      { name: "events", label: t("webhooks.events"), hint: t("webhooks.events_hint"), initial: "*", autocomplete: "off", required: true },
      { name: "signature", label: t("webhooks.signature"), kind: "select", options: signatures, initial: "ed25519" },
      { name: "description", label: t("webhooks.description"), maxlength: 200, optional: true },
    ]}
    request=${(/** @type {any} */ values, /** @type {string} */ key) => withoutSecret(api.post("/v1/webhook-endpoints", { key, body: bodyOf(values) }), show)} />`;
}

/** @param {any} values */
function bodyOf({ url, events, signature, description }) {
  return { url: url.trim(), events: eventsOf(events), signature, ...(description.trim() ? { description: description.trim() } : {}) };
}
