/** The e-mail address that one logs in with: another one, and its verification by a code. */
import { html } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { t } from "../shell/language.js";
import { Card } from "../shell/parts.js";
import * as session from "../shell/session.js";

export function EmailAddress() {
  const changed = async () => {
    session.keepProfile((await api.get("/v1/user/profile")).body);
  };
  return html`<${Card} narrow title=${t("login.email")}>
    <p class="text">${session.profile.value?.email}</p>
    <p class="hint">${t("email.hint")}</p>
    <div class="actions">
      <${ActButton} name="email" label=${t("email.change")} text=${t("email.change_text")} outcome=${() => t("email.sent")} done=${() => null}
        fields=${[
          { name: "email", label: t("email.new"), kind: "email", maxlength: 254, autocomplete: "email", required: true },
          { name: "current_password", label: t("security.current_password"), kind: "password", autocomplete: "current-password", required: true },
        ]}
        request=${(/** @type {any} */ values) => api.post("/v1/auth/email", { body: values })} />
      <${ActButton} name="email-code" label=${t("email.send_code")} text=${t("email.send_code_text")} outcome=${() => t("email.sent")} done=${() => null}
        request=${() => api.post("/v1/auth/email/verification-requests", { body: {} })} />
      <${ActButton} name="email-verify" label=${t("email.verify")} done=${changed}
        fields=${[{ name: "code", label: t("email.code"), hint: t("email.code_hint"), autocomplete: "one-time-code", maxlength: 200, required: true }]}
        request=${(/** @type {any} */ { code }) => api.post("/v1/auth/email/verify", { body: { code: code.trim() } })} />
    </div>
  <//>`;
}
