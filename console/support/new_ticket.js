/** Write to the bank. */
import { html } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { Field, FormErrors, OutcomeUnknown, Submit, useForm } from "../shell/forms.js";
import { t } from "../shell/language.js";
import { Card, Heading } from "../shell/parts.js";
import { go } from "../shell/router.js";

export default function NewTicket() {
  const form = useForm("ticket", { subject: "", message: "" });
  const labels = { subject: t("tickets.subject"), message: t("tickets.message") };
  const send = async () => {
    const answer = await form.send((values, key) => api.post("/v1/tickets", { body: values, key }));
    if (!answer) return;
    form.forget();
    go(`#/tickets/${answer.body.id}`, { replace: true });
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    send();
  };
  return html`
    <${Heading} title=${t("tickets.new")} lead=${t("tickets.new_lead")} />
    <${Card} narrow><form onSubmit=${submit}>
      <${OutcomeUnknown} form=${form} again=${send} />
      <${FormErrors} form=${form} labels=${labels} />
      <${Field} form=${form} name="subject" label=${labels.subject} maxlength="200" required />
      <${Field} form=${form} name="message" label=${labels.message} kind="textarea" maxlength="4000" required />
      <${Submit} form=${form}>${t("tickets.send")}<//>
    </form><//>
  `;
}
