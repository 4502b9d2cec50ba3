/** Find a customer by name, e-mail address, phone or account number. One call a search. */
import { html, useState } from "../vendor/preact.js";
import { looksLikeIban } from "../payments/parties.js";
import { api, Problem } from "../shell/api.js";
import { date, t } from "../shell/language.js";
import { Badge, Card, Heading, Notice, Pages, Table, usePages } from "../shell/parts.js";
import { go, setQuery } from "../shell/router.js";
import * as session from "../shell/session.js";
import { CreateCustomer } from "./customer_acts.js";
import { customerName, KYC_KIND } from "./names.js";

const ACTING = ["teller", "manager", "admin"];
const WATCHING = ["manager", "auditor", "admin"];

/** @param {{ query: Record<string, string> }} props */
export default function Search({ query }) {
  const [text, setText] = useState(query.q ?? "");
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    setQuery({ q: text.trim() });
  };
  return html`
    <${Heading} title=${t("customers.title")} lead=${t("customers.lead")}>
      ${session.hasRole(ACTING) && html`<${CreateCustomer} created=${(/** @type {any} */ { id }) => go(`#/customers/${id}`)} />`}
      <a class="button" href="#/closed-accounts">${t("closed.title")}</a>
      ${session.hasRole(WATCHING) && html`<a class="button" href="#/busy-accounts">${t("busy.title")}</a>`}
    <//>
    <${Card}>
      <form class="search" role="search" onSubmit=${submit}>
        <label for="customer-search">${t("customers.search_label")}</label>
        <div class="actions">
          <input id="customer-search" type="search" value=${text} onInput=${(/** @type {any} */ event) => setText(event.target.value)} autocomplete="off" spellcheck="false" />
          <button type="submit" class="primary">${t("customers.search")}</button>
        </div>
        <p class="hint">${t("customers.search_hint")}</p>
      </form>
    <//>
    ${query.q ? html`<${Found} key=${query.q} text=${query.q} />` : html`<${Notice} kind="plain"><p>${t("customers.begin")}</p><//>`}
  `;
}

/** @param {{ text: string }} props */
function Found({ text }) {
  const pages = usePages((cursor) => api.get("/v1/customers", { query: { ...filterOf(text), cursor } }), [text]);
  return html`<${Card} title=${t("customers.found")}>
    <${Pages} pages=${pages} empty=${t("customers.none")}>${(/** @type {any[]} */ rows) => html`<${Table}
      caption=${t("customers.found")}
      rows=${rows}
      columns=${[
        { label: t("customers.name"), cell: (row) => html`<a class="text" href=${`#/customers/${row.id}`}>${customerName(row)}</a>` },
        { label: t("login.email"), cell: (row) => html`<span class="text">${row.email ?? "–"}</span>` },
        { label: t("customers.phone"), cell: (row) => row.phone ?? "–" },
        { label: t("customers.kyc"), cell: (row) => html`<${Badge} kind=${KYC_KIND[row.kyc.status]}>${t(`kyc.${row.kyc.status}`)}<//>` },
        { label: t("customers.since"), cell: (row) => date(row.created_at) },
      ]} />`}<//>
  <//>`;
}

/** Return the API's filter that a text is meant for. @param {string} text */
function filterOf(text) {
  const plain = text.replace(/[\s\u00a0-]/g, "");
  if (text.includes("@")) return { email: text };
  if (/^\d{12}$/.test(plain)) return { account_number: plain };
  if (looksLikeIban(plain.toUpperCase())) return { account_number: plain.slice(-12) }; // an IBAN of this bank ends with it
  if (/^\+\d+$/.test(plain)) return { phone: plain };
  return { last_name: text };
}

/** Return the only customer that a text finds. Throws what is wrong with the field `customer`. @param {string} text */
export async function findOne(text) {
  const found = (await api.get("/v1/customers", { query: { ...filterOf(text.trim()), limit: 2 } })).body.data;
  if (found.length === 1) return found[0];
  throw new Problem(422, { code: "validation_failed", errors: [{ field: "customer", message: t(found.length ? "users.link_many" : "users.link_none") }] });
}
