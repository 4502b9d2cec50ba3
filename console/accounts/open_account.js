/** Open an account: its kind, and a name for it. */
import { html } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { t } from "../shell/language.js";

/** @param {{ opened: () => void, customer_id?: string }} props `customer_id`: of whom staff open it for */
export function OpenAccount({ opened, customer_id }) {
  const types = ["current", "savings"].map((value) => ({ value, label: t(`account.type.${value}`) }));
  return html`<${ActButton} name=${`open-account${customer_id ?? ""}`} label=${t("account.open")} text=${t("account.open_text")} done=${opened}
    fields=${[
      { name: "type", label: t("account.kind"), kind: "select", options: types, initial: "current" },
      { name: "nickname", label: t("account.nickname"), maxlength: 100, autocomplete: "off", optional: true },
    ]}
    request=${(/** @type {any} */ { type, nickname }, /** @type {string} */ key) =>
      api.post("/v1/accounts", { key, body: { type, ...(customer_id ? { customer_id } : {}), ...(nickname.trim() ? { nickname: nickname.trim() } : {}) } })} />`;
}
