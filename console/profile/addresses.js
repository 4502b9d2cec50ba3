/** A customer's addresses, one of which is primary: add, make primary, remove. */
import { html } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { country, t } from "../shell/language.js";
import { Badge, Card, ConfirmButton, Pages, Table, usePages } from "../shell/parts.js";

/** @param {{ customerId: string }} props */
export function Addresses({ customerId }) {
  const params = { customer_id: customerId };
  const pages = usePages((cursor) => api.get("/v1/customers/{customer_id}/addresses", { params, query: { cursor } }), [customerId]);
  return html`<${Card} title=${t("addresses.title")}>
    <${Pages} pages=${pages} empty=${t("addresses.none")}>${(/** @type {any[]} */ rows) => html`<${Table}
      caption=${t("addresses.title")}
      rows=${rows}
      columns=${[
        { label: t("addresses.address"), cell: linesOf },
        { label: t("orders.status"), cell: (row) => html`<${Badge} kind=${row.is_primary ? "good" : "plain"}>${t(row.is_primary ? "addresses.primary" : "addresses.other")}<//>` },
        { label: t("actions"), cell: (row) => html`<${Actions} address=${row} reload=${pages.reload} />` },
      ]} />`}<//>
    <div class="actions"><${AddAddress} params=${params} added=${pages.reload} /></div>
  <//>`;
}

/** @param {any} address */
const linesOf = ({ line1, line2, postal_code, city, region, country: code }) =>
  html`<div><strong>${[line1, line2].filter(Boolean).join(", ")}</strong><br /><span class="quiet">${[[postal_code, city].filter(Boolean).join(" "), region, country(code)].filter(Boolean).join(", ")}</span></div>`;

/** @param {{ address: any, reload: () => void }} props */
function Actions({ address, reload }) {
  const params = { customer_id: address.customer_id, address_id: address.id };
  const remove = async () => {
    await api.delete("/v1/customers/{customer_id}/addresses/{address_id}", { params, ifMatch: address.version });
    reload();
  };
  return html`<div class="actions">
    ${!address.is_primary &&
    html`<${ActButton} name=${`primary-${address.id}-${address.version}`} label=${t("addresses.make_primary")} text=${t("addresses.make_primary_text", { line: address.line1 })} done=${reload}
      request=${() => api.patch("/v1/customers/{customer_id}/addresses/{address_id}", { params, ifMatch: address.version, body: { is_primary: true } })} />`}
    <${ConfirmButton} question=${t("addresses.remove_question", { line: address.line1 })} onConfirm=${remove}>${t("payees.remove")}<//>
  </div>`;
}

/** @param {{ params: { customer_id: string }, added: () => void }} props */
function AddAddress({ params, added }) {
  return html`<${ActButton} name="address" label=${t("addresses.add")} done=${added}
    fields=${[
      { name: "line1", label: t("addresses.line1"), autocomplete: "address-line1", maxlength: 200, required: true },
      { name: "line2", label: t("addresses.line2"), autocomplete: "address-line2", maxlength: 200, optional: true },
      { name: "postal_code", label: t("addresses.postal_code"), hint: t("addresses.postal_code_hint"), autocomplete: "postal-code" },
      { name: "city", label: t("addresses.city"), autocomplete: "address-level2", maxlength: 100, required: true },
      { name: "region", label: t("addresses.region"), autocomplete: "address-level1", optional: true },
      { name: "country", label: t("addresses.country"), hint: t("addresses.country_hint"), autocomplete: "country", minlength: 2, maxlength: 2, pattern: "[A-Za-z]{2}", required: true },
    ]}
    request=${(/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/customers/{customer_id}/addresses", { params, key, body: bodyOf(values) })} />`;
}

/** Return the fields that were filled in. @param {Record<string, string>} values */
function bodyOf(values) {
  const given = Object.entries(values).map(([field, text]) => [field, text.trim()]);
  return { ...Object.fromEntries(given.filter(([, text]) => text)), country: values.country.trim().toUpperCase() };
}
