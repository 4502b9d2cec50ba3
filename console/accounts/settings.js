/** What a customer changes of an account: its name, its PIN; and what the bank is asked for: freezing it. */
import { html, useState } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { grouped, t } from "../shell/language.js";
import { Card, ConfirmButton, Notice } from "../shell/parts.js";
import { mayDo } from "./rights.js";

/** @param {{ account: any, changed: (account: any) => void }} props */
export function Settings({ account, changed }) {
  const [ticket, setTicket] = useState(/** @type {any} */ (null));
  const params = { account_id: account.id };
  if (account.status === "closed") return null;
  return html`<${Card} title=${t("account.settings")} wide screenOnly>
    ${ticket && html`<${Notice} title=${t("account.freeze_asked")}><p><a href=${`#/tickets/${ticket.id}`}>${t("account.freeze_ticket")}</a></p><//>`}
    <p class="quiet">${t("account.settings_text")}</p>
    <div class="actions">
      ${mayDo(account, "manage") &&
      html`<${ActButton} name=${`nickname-${account.id}-${account.version}`} label=${t("account.rename")} done=${(/** @type {any} */ answer) => changed(answer.body)}
        fields=${[{ name: "nickname", label: t("account.nickname"), hint: t("account.nickname_hint"), initial: account.nickname ?? "", maxlength: 100, autocomplete: "off" }]}
        request=${({ nickname }) => api.patch("/v1/accounts/{account_id}", { params, ifMatch: account.version, body: { nickname: nickname.trim() || null } })} />`}
      ${mayDo(account, "own") &&
      html`<${ActButton} name=${`pin-${account.id}`} label=${t("account.pin")} text=${t("account.pin_text")} done=${() => null}
        fields=${[
          { name: "pin", label: t("account.pin_new"), hint: t("account.pin_hint"), kind: "password", inputmode: "numeric", minlength: 4, maxlength: 6, pattern: "[0-9]*", autocomplete: "off", required: true },
          { name: "current_pin", label: t("account.pin_current"), hint: t("account.pin_current_hint"), kind: "password", inputmode: "numeric", maxlength: 6, autocomplete: "off", optional: true },
        ]}
        request=${({ pin, current_pin }) => api.put("/v1/accounts/{account_id}/pin", { params, body: { pin, ...(current_pin ? { current_pin } : {}) } })} />`}
      ${account.status === "active" && html`<${AskToFreeze} account=${account} asked=${setTicket} />`}
      ${mayDo(account, "own") &&
      html`<${ConfirmButton} question=${t("account.close_question")} onConfirm=${async () => changed((await api.delete("/v1/accounts/{account_id}", { params, ifMatch: account.version })).body)}>${t("account.close")}<//>`}
    </div>
  <//>`;
}

/** Only the bank freezes an account, so the customer's request is a conversation about it. @param {{ account: any, asked: (ticket: any) => void }} props */
function AskToFreeze({ account, asked }) {
  return html`<${ActButton} name=${`freeze-request-${account.id}`} label=${t("account.ask_freeze")} text=${t("account.ask_freeze_text")} danger done=${(/** @type {any} */ answer) => asked(answer.body)}
    fields=${[{ name: "message", label: t("reason"), hint: t("account.ask_freeze_hint"), kind: "textarea", maxlength: 2000, required: true }]}
    request=${(/** @type {any} */ { message }, /** @type {string} */ key) =>
      api.post("/v1/tickets", { key, body: { account_id: account.id, subject: t("account.freeze_subject", { number: grouped(account.account_number) }), message } })} />`;
}
