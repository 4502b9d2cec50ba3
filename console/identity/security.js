/** Security of a user's log-in: the password, open sessions, and the last log-ins. Two calls. */
import { html } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { Field, FormErrors, Submit, useForm } from "../shell/forms.js";
import { t } from "../shell/language.js";
import { Badge, Card, ConfirmButton, Heading, Moment, Notice, Pages, Table, usePages } from "../shell/parts.js";
import { EmailAddress } from "./email.js";
import { OUTCOME_KIND } from "./words.js";

export default function Security() {
  const sessions = usePages((cursor) => api.get("/v1/user/sessions", { query: { cursor } }), []);
  const logins = usePages((cursor) => api.get("/v1/user/logins", { query: { cursor, limit: 20 } }), []);
  return html`
    <${Heading} title=${t("security.title")} lead=${t("security.lead")}><a class="button" href="#/security/factors">${t("factors.title")}</a><//>
    <${Card} narrow title=${t("security.password")}><${ChangePassword} /><//>
    <${EmailAddress} />
    <${Card} title=${t("security.sessions")}>
      <${Pages} pages=${sessions} empty=${t("security.no_sessions")}>${(/** @type {any[]} */ rows) => html`<${Table}
        caption=${t("security.sessions")}
        rows=${rows}
        keyOf=${(/** @type {any} */ row) => row.session_id}
        columns=${[
          { label: t("security.began"), cell: (row) => html`<${Moment} at=${row.created_at} />` },
          { label: t("security.used"), cell: (row) => html`<${Moment} at=${row.refreshed_at} />` },
          { label: t("actions"), cell: (row) => (row.is_current ? html`<${Badge} kind="good">${t("security.this_one")}<//>` : html`<${End} session=${row} reload=${sessions.reload} />`) },
        ]} />`}<//>
    <//>
    <${Card} title=${t("security.logins")}>
      <${Pages} pages=${logins} empty=${t("security.no_logins")}>${(/** @type {any[]} */ rows) => html`<${Table}
        caption=${t("security.logins")}
        rows=${rows}
        columns=${[
          { label: t("security.when"), cell: (row) => html`<${Moment} at=${row.at} />` },
          { label: t("security.outcome"), cell: (row) => html`<${Badge} kind=${OUTCOME_KIND[row.outcome]}>${t(`security.outcome.${row.outcome}`)}<//>` },
          { label: t("security.from"), cell: (row) => row.source_ip ?? "–" },
        ]} />`}<//>
    <//>
  `;
}

/** @param {{ session: any, reload: () => void }} props */
function End({ session, reload }) {
  const end = async () => {
    await api.delete("/v1/user/sessions/{session_id}", { params: { session_id: session.session_id } });
    reload();
  };
  return html`<${ConfirmButton} question=${t("security.end_question")} onConfirm=${end}>${t("security.end")}<//>`;
}

function ChangePassword() {
  const form = useForm("password", { current_password: "", new_password: "" }, { secret: ["current_password", "new_password"], isRepeatable: true });
  const labels = { current_password: t("security.current_password"), new_password: t("forgotten.new_password") };
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    await form.send((values) => api.post("/v1/auth/password", { body: values }));
  };
  if (form.phase === "done")
    return html`<${Notice} title=${t("security.password_changed")}><p>${t("security.password_changed_text")}</p><p><button type="button" onClick=${() => form.reset()}>${t("close")}</button></p><//>`;
  return html`<form onSubmit=${submit}>
    <${FormErrors} form=${form} labels=${labels} />
    <${Field} form=${form} name="current_password" label=${labels.current_password} kind="password" autocomplete="current-password" required />
    <${Field} form=${form} name="new_password" label=${labels.new_password} kind="password" hint=${t("signup.password_hint")} minlength="10" autocomplete="new-password" required />
    <${Submit} form=${form}>${t("security.change_password")}<//>
  </form>`;
}
