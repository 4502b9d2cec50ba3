/** What the bank knows of a customer, who may correct it: name, phone, date of birth and addresses. Two calls. */
import { html } from "../vendor/preact.js";
import { customerName, KYC_KIND } from "../customers/names.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { bankDay, date, t } from "../shell/language.js";
import { Badge, Card, Facts, Heading, Resource, useResource } from "../shell/parts.js";
import * as session from "../shell/session.js";
import { Addresses } from "./addresses.js";

export default function Profile() {
  const profile = useResource(async () => (await api.get("/v1/user/profile")).body, []);
  const changed = (/** @type {import("../shell/api.js").Answer} */ { body }) => {
    profile.put(body);
    session.keepProfile(body); // the menu shows the name
  };
  return html`
    <${Heading} title=${t("profile.title")} lead=${t("profile.lead")} />
    <${Resource} of=${profile} lines=${5}>${(/** @type {any} */ { customer }) => html`
      <${Person} customer=${customer} changed=${changed} />
      <${Addresses} customerId=${customer.id} />
      <${Card} title=${t("data.title")}><p class="quiet">${t("data.lead")}</p><p class="actions"><a class="button" href="#/profile/data">${t("data.collect")}</a></p><//>
    `}<//>
  `;
}

/** @param {{ customer: any, changed: (answer: any) => void }} props */
function Person({ customer, changed }) {
  return html`<${Card} title=${t("customer.person")} aside=${html`<${Badge} kind=${KYC_KIND[customer.kyc.status]}>${t("customers.kyc")}: ${t(`kyc.${customer.kyc.status}`)}<//>`}>
    <${Facts} rows=${[
      [t("customers.name"), customerName(customer)],
      [t("login.email"), customer.email],
      [t("customers.phone"), customer.phone ?? "–"],
      [t("signup.date_of_birth"), customer.date_of_birth ? date(customer.date_of_birth) : "–"],
    ]} />
    <div class="actions"><${EditPerson} customer=${customer} changed=${changed} /></div>
  <//>`;
}

/** @param {{ customer: any, changed: (answer: any) => void }} props */
function EditPerson({ customer, changed }) {
  const name = { maxlength: 100 };
  return html`<${ActButton} name=${`profile-${customer.version}`} label=${t("profile.edit")} done=${changed}
    fields=${[
      { name: "first_name", label: t("signup.first_name"), initial: customer.first_name ?? "", autocomplete: "given-name", optional: true, ...name },
      { name: "last_name", label: t("signup.last_name"), initial: customer.last_name ?? "", autocomplete: "family-name", required: true, ...name },
      { name: "phone", label: t("signup.phone"), hint: t("signup.phone_hint"), kind: "tel", initial: customer.phone ?? "", autocomplete: "tel", optional: true },
      { name: "date_of_birth", label: t("signup.date_of_birth"), kind: "date", initial: customer.date_of_birth ?? "", max: bankDay(), optional: true },
    ]}
    request=${(/** @type {any} */ values) => api.patch("/v1/user/profile", { ifMatch: customer.version, body: changesOf(customer, values) })} />`;
}

/** Return what differs from the customer as shown; an emptied field is null. @param {any} customer @param {Record<string, string>} values */
function changesOf(customer, values) {
  const given = Object.entries(values).map(([field, text]) => /** @type {[string, string | null]} */ ([field, text.trim() || null]));
  return Object.fromEntries(given.filter(([field, value]) => value !== customer[field]));
}
