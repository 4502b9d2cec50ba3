/** One member of staff or auditor: role, branch, the customer that the person is, and what admins do. Two calls. */
import { html } from "../vendor/preact.js";
import { customerName } from "../customers/names.js";
import { findOne } from "../customers/search.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { date, dateTime, t } from "../shell/language.js";
import { Badge, Card, Facts, Heading, Notice, Resource, useResource } from "../shell/parts.js";
import * as session from "../shell/session.js";
import { roles, statuses } from "./words.js";

/** @param {{ params: { user_id: string } }} props */
export default function User({ params }) {
  const user = useResource(async () => (await api.get("/v1/users/{user_id}", { params })).body, [params.user_id]);
  const branches = useResource(async () => (await api.get("/v1/branches", { query: { limit: 100 } })).body.data, []);
  if (!("value" in user)) return html`<${Heading} title=${t("users.one")} /><${Resource} of=${user} lines=${6}>${() => null}<//>`;
  return html`<${Resource} of=${user}>${(/** @type {any} */ one) => html`
    <${Heading} title=${customerName(one)} lead=${t(`role.${one.role}`)}><a class="button" href="#/users">${t("users.title")}</a><//>
    <${About} user=${one} branches=${branches.value ?? []} reload=${user.reload} />`}<//>`;
}

/** @param {{ user: any, branches: any[], reload: () => void }} props */
function About({ user, branches, reload }) {
  const isOther = user.user_id !== session.user.value?.id;
  return html`<${Card} title=${t("customer.person")} narrow aside=${html`<${Badge} kind=${user.status === "active" ? "good" : "bad"}>${t(`users.status.${user.status}`)}<//>`}>
    ${user.pending_approvals?.length > 0 && html`<${Notice} kind="wait"><p>${t("act.waiting", { count: user.pending_approvals.length })} <a href="#/approvals">${t("approvals.title")}</a></p><//>`}
    <${Facts} rows=${[
      [t("login.email"), user.email],
      [t("users.role"), t(`role.${user.role}`)],
      [t("branches.one"), branches.find((one) => one.id === user.branch_id)?.name],
      [t("users.is_customer"), user.customer_id && html`<a href=${`#/customers/${user.customer_id}`}>${t("customer.title")}</a>`],
      [t("users.since"), date(user.created_at)],
      [t("users.changed"), dateTime(user.updated_at)],
    ]} />
    <p><a href=${`#/audit?actor=${user.user_id}`}>${t("users.did")}</a> · <a href=${`#/audit/logins?user=${user.user_id}`}>${t("logins.title")}</a></p>
    ${session.hasRole(["admin"]) && (isOther ? html`<${UserActs} user=${user} changed=${reload} />` : html`<p class="quiet">${t("users.own")}</p>`)}
  <//>`;
}

/** What an admin may do with a user; nobody changes the own role. @param {{ user: any, changed: () => void }} props */
function UserActs({ user, changed }) {
  const params = { user_id: user.user_id };
  return html`<div class="actions">
    <${ActButton} name=${`role-${user.user_id}-${user.updated_at}`} label=${t("users.change")} text=${t("users.change_text")} done=${changed}
      fields=${[
        { name: "role", label: t("users.role"), kind: "select", options: roles(), initial: user.role },
        { name: "status", label: t("orders.status"), kind: "select", options: statuses(), initial: user.status },
      ]}
      request=${(/** @type {any} */ values) => api.patch("/v1/users/{user_id}", { params, body: values })} />
    ${!user.customer_id && html`<${LinkCustomer} params=${params} done=${changed} />`}
    <${ActButton} name=${`unlock-${user.user_id}`} label=${t("users.unlock")} text=${t("users.unlock_text")} done=${changed}
      fields=${[{ name: "reason", label: t("reason"), required: true, maxlength: 200 }]}
      request=${(/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/users/{user_id}/unlock", { params, key, body: values })} />
    <${ActButton} name=${`factors-${user.user_id}`} label=${t("users.factors")} text=${t("users.factors_text")} danger done=${changed}
      request=${() => api.delete("/v1/users/{user_id}/factors", { params })} />
  </div>`;
}

/** Say which customer the person is, found as in the search. @param {{ params: { user_id: string }, done: () => void }} props */
function LinkCustomer({ params, done }) {
  const link = async (/** @type {{ customer: string }} */ { customer }) => {
    const found = await findOne(customer);
    return api.patch("/v1/users/{user_id}", { params, body: { customer_id: found.id } });
  };
  return html`<${ActButton} name=${`link-${params.user_id}`} label=${t("users.link")} text=${t("users.link_text")} done=${done}
    fields=${[{ name: "customer", label: t("users.link_customer"), hint: t("users.link_hint"), autocomplete: "off", required: true }]} request=${link} />`;
}
