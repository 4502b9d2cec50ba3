/** Become a customer, and be logged in at once. */
import { html } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { Field, FormErrors, Submit, useForm } from "../shell/forms.js";
import { bankDay, t } from "../shell/language.js";
import { Card, Heading } from "../shell/parts.js";
import * as session from "../shell/session.js";

const INITIAL = { first_name: "", last_name: "", email: "", phone: "", date_of_birth: "", password: "" };

export default function SignUp() {
  const form = useForm("sign-up", INITIAL, { secret: ["password"], isRepeatable: true });
  const labels = {
    first_name: t("signup.first_name"),
    last_name: t("signup.last_name"),
    email: t("login.email"),
    phone: t("signup.phone"),
    date_of_birth: t("signup.date_of_birth"),
    password: t("login.password"),
  };
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const answer = await form.send(async (/** @type {any} */ values) => {
      const phone = values.phone.replace(/[\s()/.-]/g, "");
      const given = Object.entries({ ...values, phone }).filter(([, value]) => value !== "");
      await api.post("/v1/auth/register", { body: Object.fromEntries(given), anonymous: true });
      return api.post("/v1/auth/login", { body: { email: values.email, password: values.password }, anonymous: true });
    });
    if (!answer) return;
    form.forget();
    session.begin(answer.body);
  };
  return html`<div>
    <${Heading} title=${t("signup.title")} lead=${t("signup.lead")} />
    <${Card}>
      <form onSubmit=${send}>
        <${FormErrors} form=${form} labels=${labels} />
        <div class="pair">
          <${Field} form=${form} name="first_name" label=${labels.first_name} autocomplete="given-name" required />
          <${Field} form=${form} name="last_name" label=${labels.last_name} autocomplete="family-name" required />
        </div>
        <${Field} form=${form} name="email" label=${labels.email} kind="email" autocomplete="email" required />
        <${Field} form=${form} name="phone" label=${labels.phone} kind="tel" hint=${t("signup.phone_hint")} autocomplete="tel" optional />
        <${Field} form=${form} name="date_of_birth" label=${labels.date_of_birth} kind="date" max=${bankDay()} autocomplete="bday" optional />
        <${Field} form=${form} name="password" label=${labels.password} kind="password" hint=${t("signup.password_hint")} minlength="10" autocomplete="new-password" required />
        <${Submit} form=${form}>${t("signup.send")}<//>
      </form>
    <//>
    <p class="below"><a href="#/log-in">${t("signup.login")}</a></p>
  </div>`;
}
