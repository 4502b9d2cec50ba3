/** Log in: e-mail address and password, then the second factor of those who have one. */
import { html, useState } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { Field, FormErrors, Submit, useForm } from "../shell/forms.js";
import { t } from "../shell/language.js";
import { Card, Heading } from "../shell/parts.js";
import * as session from "../shell/session.js";

export default function LogIn() {
  const [challenge, setChallenge] = useState(/** @type {any} */ (null));
  return challenge ? html`<${SecondFactor} challenge=${challenge} back=${() => setChallenge(null)} />` : html`<${Password} onChallenge=${setChallenge} />`;
}

/** @param {{ onChallenge: (challenge: any) => void }} props */
function Password({ onChallenge }) {
  const form = useForm("login", { email: "", password: "" }, { secret: ["password"], isRepeatable: true });
  const labels = { email: t("login.email"), password: t("login.password") };
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const answer = await form.send((/** @type {any} */ { email, password }) =>
      api.post("/v1/auth/login", { body: { email: email.trim(), password, device_token: session.deviceToken() }, anonymous: true }),
    );
    form.forget();
    if (!answer) return;
    form.reset();
    form.forget();
    if (answer.body.mfa_required) onChallenge(answer.body);
    else session.begin(answer.body);
  };
  return html`<div>
    <${Heading} title=${t("login.title")} lead=${t("login.lead")} />
    <${Card}>
      <form onSubmit=${send}>
        <${FormErrors} form=${form} labels=${labels} />
        <${Field} form=${form} name="email" label=${labels.email} kind="email" autocomplete="username" required />
        <${Field} form=${form} name="password" label=${labels.password} kind="password" autocomplete="current-password" required />
        <${Submit} form=${form}>${t("login.send")}<//>
      </form>
    <//>
    <p class="below"><a href="#/forgotten-password">${t("login.forgotten")}</a> <a href="#/sign-up">${t("login.signup")}</a></p>
  </div>`;
}

/** @param {{ challenge: any, back: () => void }} props */
function SecondFactor({ challenge, back }) {
  const form = useForm("second-factor", { code: "", recovery: false }, { secret: ["code"], isRepeatable: true });
  const labels = { code: form.values.recovery ? t("mfa.recovery_code") : t("mfa.code") };
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const answer = await form.send((/** @type {any} */ { code, recovery }) =>
      api.post("/v1/auth/mfa", {
        body: { challenge: challenge.challenge, [recovery ? "recovery_code" : "code"]: code.trim() },
        anonymous: true,
      }),
    );
    form.forget();
    if (answer) session.begin(answer.body);
  };
  return html`<div>
    <${Heading} title=${t("mfa.title")} lead=${t("mfa.lead")} />
    <${Card}>
      <form onSubmit=${send}>
        <${FormErrors} form=${form} labels=${labels} />
        <${Field} form=${form} name="code" label=${labels.code} autocomplete="one-time-code" inputmode=${form.values.recovery ? "text" : "numeric"} required />
        <${Field} form=${form} name="recovery" label=${t("mfa.use_recovery")} kind="checkbox" />
        <div class="actions"><${Submit} form=${form}>${t("login.send")}<//><button type="button" onClick=${back}>${t("back")}</button></div>
      </form>
    <//>
  </div>`;
}
