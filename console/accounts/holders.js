/** Who holds an account: its owner, and joint holders whom the bank has added. One call. */
import { html } from "../vendor/preact.js";
import { findOne } from "../customers/search.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { t } from "../shell/language.js";
import { Badge, Card, ConfirmButton, Resource, Table, useResource } from "../shell/parts.js";
import { go } from "../shell/router.js";
import * as session from "../shell/session.js";
import { mayDo } from "./rights.js";

const ACTING = ["teller", "manager", "admin"];
const RIGHTS = ["view", "pay", "manage"];

/** @param {{ account: any }} props */
export function Holders({ account }) {
  const params = { account_id: account.id };
  const holders = useResource(async () => (await api.get("/v1/accounts/{account_id}/holders", { params })).body.data, [account.id]);
  const mine = session.user.value?.customerId;
  return html`<${Card} title=${t("holders.title")} wide>
    <${Resource} of=${holders} lines=${2}>${(/** @type {any[]} */ rows) => html`<${Table}
      caption=${t("holders.title")}
      rows=${rows}
      keyOf=${(/** @type {any} */ row) => row.customer_id}
      columns=${[
        { label: t("customers.name"), cell: (row) => html`<div>${row.name ?? t("customers.erased")}${row.customer_id === mine && html` <${Badge}>${t("holders.you")}<//>`}</div>` },
        { label: t("holders.rights"), cell: (row) => t(`holders.rights.${row.rights}`) },
        ...(rows.length > 1 ? [{ label: t("actions"), cell: (/** @type {any} */ row) => html`<${End} account=${account} holder=${row} isMine=${row.customer_id === mine} reload=${holders.reload} />` }] : []),
      ]} />`}<//>
    ${session.hasRole(ACTING) ? account.status !== "closed" && html`<div class="actions"><${AddHolder} account=${account} done=${holders.reload} /></div>` : html`<p class="hint">${t("holders.hint")} ${session.hasRole(["customer"]) && html`<a href="#/tickets/new">${t("tickets.new")}</a>`}</p>`}
  <//>`;
}

/** @param {{ account: any, holder: any, isMine: boolean, reload: () => void }} props */
function End({ account, holder, isMine, reload }) {
  const mayEnd = isMine || session.hasRole(ACTING) || (session.hasRole(["customer"]) && mayDo(account, "own"));
  if (holder.rights === "own" || account.status === "closed" || !mayEnd) return "–";
  const end = async () => {
    await api.delete("/v1/accounts/{account_id}/holders/{customer_id}", { params: { account_id: account.id, customer_id: holder.customer_id } });
    if (isMine) go("#/", { replace: true });
    else reload();
  };
  const question = isMine ? t("holders.leave_question") : t("holders.end_question", { name: holder.name ?? "" });
  return html`<${ConfirmButton} question=${question} onConfirm=${end}>${t(isMine ? "holders.leave" : "payees.remove")}<//>`;
}

/** Add a joint holder, or give one other rights. Only staff do it, since both people must be identified. @param {{ account: any, done: () => void }} props */
function AddHolder({ account, done }) {
  const put = async (/** @type {any} */ { customer, rights }) => {
    const found = await findOne(customer);
    return api.put("/v1/accounts/{account_id}/holders/{customer_id}", { params: { account_id: account.id, customer_id: found.id }, body: { rights } });
  };
  return html`<${ActButton} name=${`holder-${account.id}`} label=${t("holders.add")} text=${t("holders.add_text")} done=${done}
    fields=${[
      { name: "customer", label: t("users.link_customer"), hint: t("users.link_hint"), autocomplete: "off", required: true },
      { name: "rights", label: t("holders.rights"), kind: "select", options: RIGHTS.map((value) => ({ value, label: t(`holders.rights.${value}`) })), initial: "pay" },
    ]}
    request=${put} />`;
}
