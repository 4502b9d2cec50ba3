/** The most that each role does alone, by action and currency, and what it was before; admins set it. Two calls. */
import { html } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { money, t } from "../shell/language.js";
import { Card, Heading, Resource, Table, usePages, useResource } from "../shell/parts.js";
import * as session from "../shell/session.js";
import { amountLines, readLines } from "./amounts.js";
import { Versions } from "./versions.js";

const ROLES = ["teller", "manager", "admin"];
const UNLIMITED_MINOR = "1000000000000000";

/** Return whether an amount is the largest that there is, so that it limits nothing. @param {string} amount */
const isUnlimited = (amount) => amount.replace(".", "") === UNLIMITED_MINOR;

export default function Ceilings() {
  const authority = useResource(async () => (await api.get("/v1/authority")).body, []);
  const history = usePages((cursor) => api.get("/v1/authority/history", { query: { cursor } }), []);
  const done = () => {
    authority.reload();
    history.reload();
  };
  return html`
    <${Heading} title=${t("ceilings.title")} lead=${t("ceilings.lead")}><a class="button" href="#/policies">${t("policies.title")}</a><//>
    <div class="stack">
      <${Card}><${Resource} of=${authority} lines=${6}>${(/** @type {any} */ value) => html`<${All} authority=${value} done=${done} />`}<//><//>
      <${Card} title=${t("versions.title")}><${Versions} pages=${history} skip=${isUnlimited} /><//>
    </div>
  `;
}

/** @param {{ authority: any, done: () => void }} props */
function All({ authority, done }) {
  const { ceilings } = authority;
  const columns = [
    { label: t("policies.action"), cell: (/** @type {any} */ row) => t(`approvals.action.${row.action}`) },
    ...ROLES.map((role) => ({ label: t(`role.${role}`), numeric: true, cell: (/** @type {any} */ row) => html`<${Amounts} amounts=${ceilings[role][row.action]} />` })),
    ...(session.hasRole(["admin"]) ? [{ label: t("actions"), cell: (/** @type {any} */ row) => html`<${SetCeilings} authority=${authority} action=${row.action} done=${done} />` }] : []),
  ];
  const rows = Object.keys(ceilings.teller).map((action) => ({ action }));
  return html`<${Table} caption=${t("ceilings.title")} rows=${rows} keyOf=${(/** @type {any} */ row) => row.action} columns=${columns} />`;
}

/** @param {{ amounts: Record<string, string> }} props */
function Amounts({ amounts }) {
  const limits = Object.entries(amounts).filter(([, amount]) => !isUnlimited(amount));
  return limits.length === 0 ? t("ceilings.none") : limits.map(([currency, amount]) => html`<div key=${currency}>${money(amount, currency)}</div>`);
}

/** Set the ceilings of an action; a line that is left out is the standard. @param {{ authority: any, action: string, done: () => void }} props */
function SetCeilings({ authority, action, done }) {
  const { ceilings, number } = authority;
  const limits = (/** @type {string} */ role) => Object.fromEntries(Object.entries(ceilings[role][action]).filter(([, amount]) => !isUnlimited(/** @type {string} */ (amount))));
  const fields = ROLES.map((role) => ({ name: role, label: t(`role.${role}`), hint: t("policies.above_hint"), kind: "textarea", initial: amountLines(limits(role)), optional: true }));
  const bodyOf = (/** @type {any} */ values) => Object.fromEntries(ROLES.map((role) => [role, { ...ceilings[role], [action]: readLines(values[role]) }]));
  return html`<${ActButton} name=${`ceilings-${action}-${number}`} label=${t("policies.set")} title=${t(`approvals.action.${action}`)} text=${t("ceilings.set_text")} fields=${fields} done=${done}
    request=${(/** @type {any} */ values) => api.put("/v1/authority", { ifMatch: number, body: { ceilings: bodyOf(values) } })} />`;
}
