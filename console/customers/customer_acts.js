/** What staff may do with a customer: correct it, review its identity, hold its data for a court, erase it. */
import { Fragment, html } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { bankDay, t } from "../shell/language.js";
import * as session from "../shell/session.js";
import { Invitation } from "./invitation.js";
import { person, personBody } from "./person_fields.js";

const MANAGING = ["manager", "admin"];

/** @param {{ customer: any, reload: () => void }} props */
export function CustomerActs({ customer, reload }) {
  const isActive = customer.status === "active";
  return html`<div class="actions">
    ${isActive && html`<${ReviewIdentity} customer=${customer} reload=${reload} /><${Edit} customer=${customer} reload=${reload} />`}
    ${session.hasRole(MANAGING) && customer.status !== "erased" && html`<${LegalHold} customer=${customer} reload=${reload} /><${Erase} customer=${customer} reload=${reload} />`}
  </div>
  ${isActive && !customer.user_id && html`<${Invitation} customer=${customer} reload=${reload} />`}`;
}

/** @param {{ customer: any, reload: () => void }} props */
function ReviewIdentity({ customer, reload }) {
  const choices = ["verified", "rejected", "pending"].map((value) => ({ value, label: t(`kyc.${value}`) }));
  return html`<${ActButton} name=${`kyc-${customer.id}`} label=${t("customer.review_kyc")} title=${t("customer.review_kyc")} done=${reload}
    fields=${[
      { name: "status", label: t("customers.kyc"), kind: "select", options: choices, initial: "verified" },
      { name: "reason", label: t("reason"), hint: t("customer.kyc_hint"), required: true, maxlength: 200 },
      { name: "expires_on", label: t("customer.kyc_until"), kind: "date", min: bankDay(1), optional: true },
    ]}
    request=${({ status, reason, expires_on }, key) =>
      api.post("/v1/customers/{customer_id}/kyc", { params: { customer_id: customer.id }, key, ifMatch: customer.version, body: { status, reason, ...(expires_on ? { expires_on } : {}) } })} />`;
}

/** Correct what is stored of the person. Of one who logs in, the e-mail address is the person's own to change. @param {{ customer: any, reload: () => void }} props */
function Edit({ customer, reload }) {
  const fields = person(customer).filter((one) => one.name !== "email" || !customer.user_id);
  return html`<${ActButton} name=${`edit-${customer.id}-${customer.version}`} label=${t("customer.edit")} text=${t("customer.edit_text")} fields=${fields} done=${reload}
    request=${(/** @type {any} */ values) => api.patch("/v1/customers/{customer_id}", { params: { customer_id: customer.id }, ifMatch: customer.version, body: personBody(values) })} />`;
}

/** Nothing of a customer under a legal hold is erased. @param {{ customer: any, reload: () => void }} props */
function LegalHold({ customer, reload }) {
  const params = { customer_id: customer.id };
  const name = `hold-${customer.id}-${customer.version}`;
  if (customer.legal_hold)
    return html`<${ActButton} name=${name} label=${t("customer.end_hold")} text=${t("customer.end_hold_text")} danger done=${reload}
      request=${() => api.delete("/v1/customers/{customer_id}/legal-hold", { params })} />`;
  return html`<${ActButton} name=${name} label=${t("customer.hold")} text=${t("customer.hold_text")} done=${reload}
    fields=${[{ name: "reason", label: t("reason"), hint: t("customer.hold_hint"), required: true, maxlength: 200 }]}
    request=${(/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/customers/{customer_id}/legal-hold", { params, key, body: values })} />`;
}

/** @param {{ customer: any, reload: () => void }} props */
function Erase({ customer, reload }) {
  return html`<${ActButton} name=${`erase-${customer.id}-${customer.version}`} label=${t("customer.erase")} text=${t("customer.erase_text")} danger done=${reload} outcome=${erasureWords}
    request=${() => api.delete("/v1/customers/{customer_id}", { params: { customer_id: customer.id } })} />`;
}

/** Return what came of an erasure that needs more time than a request has, or null. @param {import("../shell/api.js").Answer} answer */
export const erasureWords = ({ body }) => (body.status === "erasing" ? t("customer.erasing") : null);

/** Create a customer who does not log in. @param {{ created: (customer: any) => void }} props */
export function CreateCustomer({ created }) {
  return html`<${Fragment}><${ActButton} name="customer" label=${t("customer.create")} text=${t("customer.create_text")} fields=${person()} done=${(/** @type {any} */ { body }) => created(body)}
    request=${(/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/customers", { key, body: personBody(values) })} /><//>`;
}
