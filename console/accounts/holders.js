/** Who holds an account: its owner, and joint holders whom the bank has added. One call. */
import { html } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { t } from "../shell/language.js";
import { Badge, Card, ConfirmButton, Resource, Table, useResource } from "../shell/parts.js";
import { go } from "../shell/router.js";
import * as session from "../shell/session.js";
import { mayDo } from "./rights.js";

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
    <p class="hint">${t("holders.hint")}</p>
  <//>`;
}

/** @param {{ account: any, holder: any, isMine: boolean, reload: () => void }} props */
function End({ account, holder, isMine, reload }) {
  if (holder.rights === "own" || account.status === "closed" || !(isMine || mayDo(account, "own"))) return "–";
  const end = async () => {
    await api.delete("/v1/accounts/{account_id}/holders/{customer_id}", { params: { account_id: account.id, customer_id: holder.customer_id } });
    if (isMine) go("#/", { replace: true });
    else reload();
  };
  const question = isMine ? t("holders.leave_question") : t("holders.end_question", { name: holder.name ?? "" });
  return html`<${ConfirmButton} question=${question} onConfirm=${end}>${t(isMine ? "holders.leave" : "payees.remove")}<//>`;
}
