/** Ask for the second factor where the API wants it used lately. One call for what the user has, one to use it. */
import { html } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { Field, FormErrors, Submit, useForm } from "../shell/forms.js";
import { t } from "../shell/language.js";
import { Dialog, Resource, useResource } from "../shell/parts.js";
import { usePasskey } from "./passkeys.js";

/** @param {{ done: (isProven: boolean) => void }} props */
export default function StepUp({ done }) {
  const challenge = useResource(async () => (await api.post("/v1/auth/mfa/step-up/challenges")).body, []);
  return html`<${Dialog} title=${t("stepup.title")} onClose=${() => done(false)}>
    <${Resource} of=${challenge} lines=${2}>${(/** @type {any} */ value) => html`
      ${value.passkey && html`<${ByPasskey} challenge=${value} done=${done} renew=${challenge.reload} />`}
      ${value.factors.some((/** @type {any} */ one) => one.type === "totp") && html`<${ByCode} done=${done} />`}
    `}<//>
    <div class="actions"><button type="button" onClick=${() => done(false)}>${t("cancel")}</button></div>
  <//>`;
}

/** @param {{ challenge: any, done: (isProven: boolean) => void, renew: () => void }} props */
function ByPasskey({ challenge, done, renew }) {
  const form = useForm("step-up-passkey", {}, { isRepeatable: true });
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const answer = await form.send(async () => {
      const passkey = await usePasskey(challenge.passkey);
      return api.post("/v1/auth/mfa/step-up", { body: { challenge: challenge.challenge, passkey } });
    });
    form.forget();
    if (answer) done(true);
    else renew();
  };
  return html`<form onSubmit=${send}>
    <p>${t("stepup.passkey_text")}</p>
    <${FormErrors} form=${form} labels=${{}} />
    <${Submit} form=${form}>${t("passkey.use")}<//>
  </form>`;
}

/** @param {{ done: (isProven: boolean) => void }} props */
function ByCode({ done }) {
  const form = useForm("step-up", { code: "" }, { secret: ["code"], isRepeatable: true });
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const answer = await form.send((/** @type {any} */ { code }) => api.post("/v1/auth/mfa/step-up", { body: { code: code.trim() } }));
    form.forget();
    if (answer) done(true);
  };
  return html`<form onSubmit=${send}>
    <p>${t("stepup.text")}</p>
    <${FormErrors} form=${form} labels=${{ code: t("mfa.code") }} />
    <${Field} form=${form} name="code" label=${t("mfa.code")} inputmode="numeric" autocomplete="one-time-code" required />
    <${Submit} form=${form}>${t("stepup.confirm")}<//>
  </form>`;
}
