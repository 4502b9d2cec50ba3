/** Accept an invitation of the bank: the code from the e-mail, the date of birth, and a password. */
import { html, useState } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { Field, FormErrors, Submit, useForm } from "../shell/forms.js";
import { bankDay, t } from "../shell/language.js";
import { Card, Heading, Notice } from "../shell/parts.js";

export default function Invitation() {
  const [email, setEmail] = useState("");
  return html`<div>
    <${Heading} title=${t("invitation.title")} lead=${email ? undefined : t("invitation.lead")} />
    ${email ? html`<${Notice}><p>${t("invitation.done", { email })}</p><//>` : html`<${Accept} done=${setEmail} />`}
    <p class="below"><a href="#/log-in">${t("forgotten.login")}</a></p>
  </div>`;
}

/** @param {{ done: (email: string) => void }} props */
function Accept({ done }) {
  const form = useForm("invitation", { token: "", date_of_birth: "", password: "" }, { secret: ["token", "password"], isRepeatable: true });
  const labels = { token: t("forgotten.token"), date_of_birth: t("signup.date_of_birth"), password: t("forgotten.new_password") };
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const answer = await form.send((/** @type {any} */ { token, ...rest }) => api.post("/v1/auth/invitations/accept", { body: { token: token.trim(), ...rest }, anonymous: true }));
    form.forget();
    if (answer) done(answer.body.email);
  };
  return html`<${Card}><form onSubmit=${send}>
    <${FormErrors} form=${form} labels=${labels} />
    <${Field} form=${form} name="token" label=${labels.token} autocomplete="one-time-code" required />
    <${Field} form=${form} name="date_of_birth" label=${labels.date_of_birth} kind="date" max=${bankDay()} hint=${t("invitation.birthday_hint")} autocomplete="bday" required />
    <${Field} form=${form} name="password" label=${labels.password} kind="password" hint=${t("signup.password_hint")} minlength="10" autocomplete="new-password" required />
    <${Submit} form=${form}>${t("invitation.send")}<//>
  </form><//>`;
}
