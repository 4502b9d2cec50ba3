/** Staff and auditors: who they are, their roles; admins create, change and unlock them. One call. */
import { html } from "../vendor/preact.js";
import { customerName } from "../customers/names.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { date, t } from "../shell/language.js";
import { Badge, Card, Heading, Pages, Table, usePages } from "../shell/parts.js";
import * as session from "../shell/session.js";

const ROLES = ["teller", "manager", "auditor", "admin"];
const STATUSES = ["active", "disabled"];

export default function Users() {
  const pages = usePages((cursor) => api.get("/v1/users", { query: { cursor } }), []);
  const isAdmin = session.hasRole(["admin"]);
  const columns = [
    { label: t("customers.name"), cell: (/** @type {any} */ row) => customerName(row) },
    { label: t("login.email"), cell: (/** @type {any} */ row) => row.email ?? "–" },
    { label: t("users.role"), cell: (/** @type {any} */ row) => t(`role.${row.role}`) },
    { label: t("orders.status"), cell: (/** @type {any} */ row) => html`<${Badge} kind=${row.status === "active" ? "good" : "bad"}>${t(`users.status.${row.status}`)}<//>` },
    { label: t("users.since"), cell: (/** @type {any} */ row) => date(row.created_at) },
    ...(isAdmin ? [{ label: t("actions"), cell: (/** @type {any} */ row) => html`<${UserActs} user=${row} changed=${pages.reload} />` }] : []),
  ];
  return html`
    <${Heading} title=${t("users.title")} lead=${t("users.lead")}>${isAdmin && html`<${CreateUser} created=${pages.reload} />`}<//>
    <${Card}>
      <${Pages} pages=${pages} empty=${t("users.none")}>${(/** @type {any[]} */ rows) => html`<${Table}
        caption=${t("users.title")} rows=${rows} keyOf=${(/** @type {any} */ row) => row.user_id} columns=${columns} />`}<//>
    <//>
  `;
}

/** @param {{ created: () => void }} props */
function CreateUser({ created }) {
  return html`<${ActButton} name="user" label=${t("users.create")} done=${created}
    fields=${[
      { name: "email", label: t("login.email"), kind: "email", maxlength: 254, autocomplete: "off", required: true },
      { name: "first_name", label: t("signup.first_name"), maxlength: 100, autocomplete: "off", optional: true },
      { name: "last_name", label: t("signup.last_name"), maxlength: 100, autocomplete: "off", required: true },
      { name: "role", label: t("users.role"), kind: "select", options: roles(), initial: "teller" },
      { name: "password", label: t("users.password"), hint: t("users.password_hint"), kind: "password", maxlength: 200, autocomplete: "new-password", optional: true },
    ]}
    request=${(/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/users", { key, body: filled(values) })} />`;
}

/** What an admin may do with a user; nobody changes the own role. @param {{ user: any, changed: () => void }} props */
function UserActs({ user, changed }) {
  const params = { user_id: user.user_id };
  if (user.user_id === session.user.value?.id) return html`<span class="quiet">${t("users.own")}</span>`;
  return html`<div class="actions">
    <${ActButton} name=${`role-${user.user_id}-${user.updated_at}`} label=${t("users.change")} text=${t("users.change_text")} done=${changed}
      fields=${[
        { name: "role", label: t("users.role"), kind: "select", options: roles(), initial: user.role },
        { name: "status", label: t("orders.status"), kind: "select", options: statuses(), initial: user.status },
      ]}
      request=${(/** @type {any} */ values) => api.patch("/v1/users/{user_id}", { params, body: values })} />
    <${ActButton} name=${`unlock-${user.user_id}`} label=${t("users.unlock")} text=${t("users.unlock_text")} done=${changed}
      fields=${[{ name: "reason", label: t("reason"), required: true, maxlength: 200 }]}
      request=${(/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/users/{user_id}/unlock", { params, key, body: values })} />
  </div>`;
}

const roles = () => ROLES.map((value) => ({ value, label: t(`role.${value}`) }));
const statuses = () => STATUSES.map((value) => ({ value, label: t(`users.status.${value}`) }));

/** Return the fields that were filled in. @param {Record<string, string>} values */
const filled = (values) => Object.fromEntries(Object.entries(values).filter(([, text]) => text.trim()));
