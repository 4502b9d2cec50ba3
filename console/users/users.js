/** Staff and auditors: who they are, their roles and branches; admins create them. Two calls. */
import { html } from "../vendor/preact.js";
import { customerName } from "../customers/names.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { date, t } from "../shell/language.js";
import { Badge, Card, Heading, Pages, Resource, Table, usePages, useResource } from "../shell/parts.js";
import * as session from "../shell/session.js";
import { roles } from "./words.js";

export default function Users() {
  const pages = usePages((cursor) => api.get("/v1/users", { query: { cursor } }), []);
  const branches = useResource(async () => (await api.get("/v1/branches", { query: { limit: 100 } })).body.data, []);
  const branchName = (/** @type {string} */ id) => branches.value?.find((/** @type {any} */ one) => one.id === id)?.name ?? "–";
  return html`
    <${Heading} title=${t("users.title")} lead=${t("users.lead")}>
      ${session.hasRole(["admin"]) && html`<${Resource} of=${branches} lines=${1}>${(/** @type {any[]} */ all) => html`<${CreateUser} branches=${all} created=${pages.reload} />`}<//>`}
    <//>
    <${Card}>
      <${Pages} pages=${pages} empty=${t("users.none")}>${(/** @type {any[]} */ rows) => html`<${Table}
        caption=${t("users.title")} rows=${rows} keyOf=${(/** @type {any} */ row) => row.user_id}
        columns=${[
          { label: t("customers.name"), cell: (row) => html`<a href=${`#/users/${row.user_id}`}>${customerName(row)}</a>` },
          { label: t("login.email"), cell: (row) => row.email ?? "–" },
          { label: t("users.role"), cell: (row) => t(`role.${row.role}`) },
          { label: t("branches.one"), cell: (row) => branchName(row.branch_id) },
          { label: t("orders.status"), cell: (row) => html`<${Badge} kind=${row.status === "active" ? "good" : "bad"}>${t(`users.status.${row.status}`)}<//>` },
          { label: t("users.since"), cell: (row) => date(row.created_at) },
        ]} />`}<//>
    <//>
  `;
}

/** @param {{ branches: any[], created: () => void }} props */
function CreateUser({ branches, created }) {
  const places = branches.map((one) => ({ value: one.id, label: one.name }));
  return html`<${ActButton} name="user" label=${t("users.create")} done=${created}
    fields=${[
      { name: "email", label: t("login.email"), kind: "email", maxlength: 254, autocomplete: "off", required: true },
      { name: "first_name", label: t("signup.first_name"), maxlength: 100, autocomplete: "off", optional: true },
      { name: "last_name", label: t("signup.last_name"), maxlength: 100, autocomplete: "off", required: true },
      { name: "role", label: t("users.role"), kind: "select", options: roles(), initial: "teller" },
      { name: "branch_id", label: t("branches.one"), kind: "select", options: [{ value: "", label: t("users.head_office") }, ...places] },
      { name: "password", label: t("users.password"), hint: t("users.password_hint"), kind: "password", maxlength: 200, autocomplete: "new-password", optional: true },
    ]}
    request=${(/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/users", { key, body: filled(values) })} />`;
}

/** Return the fields that were filled in. @param {Record<string, string>} values */
const filled = (values) => Object.fromEntries(Object.entries(values).filter(([, text]) => text.trim()));
