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
    <p class="below"><a href="#/forgotten-password">${t("login.forgotten")}</a> <a href="#/invitation">${t("login.invitation")}</a> <a href="#/sign-up">${t("login.signup")}</a></p>
  </div>`;
}

/** @param {{ challenge: any, back: () => void }} props */
function SecondFactor({ challenge, back }) {
  const form = useForm("second-factor", { code: "", recovery: false }, { secret: ["code"], isRepeatable: true });
  const hasApp = challenge.factors.some((/** @type {any} */ one) => one.type === "totp");
  const { recovery } = form.values;
  const labels = { code: recovery ? t("mfa.recovery_code") : t("mfa.code") };
  const prove = async (/** @type {() => any} */ proof) => {
    const answer = await form.send(async () => api.post("/v1/auth/mfa", { body: { challenge: challenge.challenge, ...(await proof()) }, anonymous: true }));
    form.forget();
    if (answer) session.begin(answer.body);
  };
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    prove(() => ({ [recovery ? "recovery_code" : "code"]: form.values.code.trim() }));
  };
  const byPasskey = () =>
    prove(async () => {
      const { usePasskey } = await import("./passkeys.js");
      return { passkey: await usePasskey(challenge.passkey) };
    });
  return html`<div>
    <${Heading} title=${t("mfa.title")} lead=${t(hasApp ? "mfa.lead" : "mfa.lead_passkey")} />
    <${Card}>
      <form onSubmit=${send}>
        <${FormErrors} form=${form} labels=${labels} />
        ${challenge.passkey && html`<button type="button" class=${hasApp ? "" : "primary"} disabled=${form.isLocked} onClick=${byPasskey}>${t("passkey.use")}</button>`}
        ${(hasApp || recovery) && html`<${Field} form=${form} name="code" label=${labels.code} autocomplete="one-time-code" inputmode=${recovery ? "text" : "numeric"} required />`}
        <${Field} form=${form} name="recovery" label=${t("mfa.use_recovery")} kind="checkbox" />
        <div class="actions">${(hasApp || recovery) && html`<${Submit} form=${form}>${t("login.send")}<//>`}<button type="button" onClick=${back}>${t("back")}</button></div>
      </form>
    <//>
  </div>`;
}
