/** Forgotten password: ask for a code by e-mail, then set a new password with it. */
import { html, useState } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { Field, FormErrors, Submit, useForm } from "../shell/forms.js";
import { t } from "../shell/language.js";
import { Card, Heading, Notice } from "../shell/parts.js";

export default function Forgotten() {
  const [step, setStep] = useState("ask");
  return html`<div>
    <${Heading} title=${t("forgotten.title")} lead=${step === "ask" ? t("forgotten.lead") : undefined} />
    ${step === "ask" && html`<${Ask} next=${() => setStep("set")} />`}
    ${step === "set" && html`<${Replace} next=${() => setStep("done")} />`}
    ${step === "done" && html`<${Notice}><p>${t("forgotten.done")}</p><//>`}
    <p class="below"><a href="#/log-in">${t("forgotten.login")}</a></p>
  </div>`;
}

/** @param {{ next: () => void }} props */
function Ask({ next }) {
  const form = useForm("forgotten", { email: "" }, { isRepeatable: true });
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const answer = await form.send((/** @type {any} */ { email }) => api.post("/v1/auth/password/reset-requests", { body: { email: email.trim() }, anonymous: true }));
    form.forget();
    if (answer) next();
  };
  return html`<${Card}><form onSubmit=${send}>
    <${FormErrors} form=${form} labels=${{ email: t("login.email") }} />
    <${Field} form=${form} name="email" label=${t("login.email")} kind="email" autocomplete="username" required />
    <${Submit} form=${form}>${t("forgotten.send")}<//>
  </form><//>`;
}

/** @param {{ next: () => void }} props */
function Replace({ next }) {
  const form = useForm("new-password", { token: "", new_password: "" }, { secret: ["token", "new_password"], isRepeatable: true });
  const labels = { token: t("forgotten.token"), new_password: t("forgotten.new_password") };
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const answer = await form.send((/** @type {any} */ { token, new_password }) =>
      api.post("/v1/auth/password/reset", { body: { token: token.trim(), new_password }, anonymous: true }),
    );
    form.forget();
    if (answer) next();
  };
  return html`<${Card}><form onSubmit=${send}>
    <${Notice}><p>${t("forgotten.sent")}</p><//>
    <${FormErrors} form=${form} labels=${labels} />
    <${Field} form=${form} name="token" label=${labels.token} autocomplete="one-time-code" required />
    <${Field} form=${form} name="new_password" label=${labels.new_password} kind="password" hint=${t("signup.password_hint")} minlength="10" autocomplete="new-password" required />
    <${Submit} form=${form}>${t("forgotten.set")}<//>
  </form><//>`;
}
