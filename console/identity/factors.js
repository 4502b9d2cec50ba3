/** A user's second factors: an authenticator app, passkeys, their removal, and recovery codes. One call. */
import { Fragment, html, useEffect, useState } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { Field, FormErrors, Submit, useForm } from "../shell/forms.js";
import { date, t } from "../shell/language.js";
import { makePasskey } from "./passkeys.js";
import { Badge, Card, ConfirmButton, Empty, Facts, Heading, Notice, Resource, Table, useResource } from "../shell/parts.js";

export default function Factors() {
  const factors = useResource(async () => (await api.get("/v1/auth/factors")).body, []);
  const [codes, setCodes] = useState(/** @type {string[] | null} */ (null));
  const enrolled = (/** @type {string[]} */ made) => {
    if (made.length) setCodes(made);
    factors.reload();
  };
  const isFirst = factors.value?.data.length === 0;
  return html`
    <${Heading} title=${t("factors.title")} lead=${t("factors.lead")}><a class="button" href="#/security">${t("security.title")}</a><//>
    ${codes && html`<${Codes} codes=${codes} seen=${() => setCodes(null)} />`}
    <${Resource} of=${factors}>${(/** @type {any} */ value) => html`<${Card} title=${t("factors.yours")}>
      ${value.data.length === 0
        ? html`<${Empty}>${t("factors.none")}<//>`
        : html`<${List} factors=${value.data} reload=${factors.reload} />
            <p class="quiet">${t("factors.codes_left", { count: value.recovery_codes_left })}</p>
            <div class="actions"><${NewCodes} made=${setCodes} reload=${factors.reload} /></div>`}
    <//>`}<//>
    <${Card} narrow title=${t("factors.add")}><${Enrol} isFirst=${isFirst} enrolled=${enrolled} /><//>
    <${Card} narrow title=${t("passkey.add")}><${AddPasskey} isFirst=${isFirst} enrolled=${enrolled} /><//>
  `;
}

/** @param {{ factors: any[], reload: () => void }} props */
function List({ factors, reload }) {
  const remove = async (/** @type {any} */ factor) => {
    await api.delete("/v1/auth/factors/{factor_id}", { params: { factor_id: factor.id } });
    reload();
  };
  return html`<${Table} caption=${t("factors.yours")} rows=${factors} columns=${[
    { label: t("customers.name"), cell: (row) => row.name ?? t(`factors.type.${row.type}`) },
    { label: t("payment.kind"), cell: (row) => t(`factors.type.${row.type}`) },
    { label: t("factors.since"), cell: (row) => date(row.created_at) },
    { label: t("orders.status"), cell: (row) => html`<${Badge} kind=${row.is_locked ? "bad" : "good"}>${t(row.is_locked ? "factors.locked" : "factors.ready")}<//>` },
    { label: t("actions"), cell: (row) => html`<${ConfirmButton} question=${t("factors.remove_question")} onConfirm=${() => remove(row)}>${t("payees.remove")}<//>` },
  ]} />`;
}

/** @param {{ made: (codes: string[]) => void, reload: () => void }} props */
function NewCodes({ made, reload }) {
  const make = async () => {
    made((await api.post("/v1/auth/recovery-codes", { body: {} })).body.recovery_codes);
    reload();
  };
  return html`<${ConfirmButton} kind="" question=${t("factors.new_codes_question")} onConfirm=${make}>${t("factors.new_codes")}<//>`;
}

/** Recovery codes, which are shown once. @param {{ codes: string[], seen: () => void }} props */
function Codes({ codes, seen }) {
  return html`<${Notice} kind="wait" title=${t("factors.codes")}>
    <p>${t("factors.codes_text")}</p>
    <ul class="figures">${codes.map((code) => html`<li key=${code}>${code}</li>`)}</ul>
    <p><button type="button" onClick=${seen}>${t("factors.codes_seen")}</button></p>
  <//>`;
}

/** Add an authenticator app: its secret, then a code of it. Neither form keeps the answer, so no secret is in a draft. @param {{ isFirst: boolean, enrolled: (codes: string[]) => void }} props */
function Enrol({ isFirst, enrolled }) {
  const begin = useForm("factor", { name: "", current_password: "" }, { secret: ["current_password"], isRepeatable: true });
  const confirm = useForm("factor-code", { code: "" }, { secret: ["code"], isRepeatable: true });
  const [made, setMade] = useState(/** @type {any} */ (null));
  const labels = { name: t("factors.name"), current_password: t("security.current_password"), code: t("mfa.code") };
  const ask = async (/** @type {Event} */ event) => {
    event.preventDefault();
    await begin.send(async (values) => setMade((await api.post("/v1/auth/factors", { body: bodyOf("totp", values) })).body));
  };
  const prove = async (/** @type {Event} */ event) => {
    event.preventDefault();
    await confirm.send(async (values) => {
      const { body } = await api.post("/v1/auth/factors/{factor_id}/confirm", { params: { factor_id: made.id }, body: values });
      enrolled(body.recovery_codes ?? []);
      setMade(null);
    });
  };
  useEffect(() => {
    if (made) return;
    begin.reset();
    confirm.reset();
  }, [made]);
  if (!made) return html`<form onSubmit=${ask}>
    <${FormErrors} form=${begin} labels=${labels} />
    <${Field} form=${begin} name="name" label=${labels.name} hint=${t("factors.name_hint")} maxlength="100" required />
    ${isFirst && html`<${Field} form=${begin} name="current_password" label=${labels.current_password} kind="password" autocomplete="current-password" required />`}
    <${Submit} form=${begin}>${t("factors.begin")}<//>
  </form>`;
  return html`<${Fragment}>
    <p>${t("factors.scan")}</p>
    <${Facts} rows=${[[t("factors.secret"), html`<span class="figures" id="totp-secret">${made.secret}</span>`]]} />
    <p><a href=${made.uri}>${t("factors.open_app")}</a></p>
    <form onSubmit=${prove}>
      <${FormErrors} form=${confirm} labels=${labels} />
      <${Field} form=${confirm} name="code" label=${labels.code} autocomplete="one-time-code" inputmode="numeric" maxlength="6" required />
      <${Submit} form=${confirm}>${t("factors.confirm")}<//>
    </form>
  <//>`;
}

/** Add a passkey: the API's options, the browser's answer, and the API's check of it. @param {{ isFirst: boolean, enrolled: (codes: string[]) => void }} props */
function AddPasskey({ isFirst, enrolled }) {
  const form = useForm("passkey", { name: "", current_password: "" }, { secret: ["current_password"], isRepeatable: true });
  const labels = { name: t("factors.name"), current_password: t("security.current_password") };
  const add = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const answer = await form.send(async (values) => {
      const { body: begun } = await api.post("/v1/auth/factors", { body: bodyOf("passkey", values) });
      const passkey = await makePasskey(begun.options);
      const { body } = await api.post("/v1/auth/factors/{factor_id}/confirm", { params: { factor_id: begun.id }, body: { passkey } });
      enrolled(body.recovery_codes ?? []);
      return { status: 200 }; // no draft has the recovery codes
    });
    if (answer) form.reset();
  };
  return html`<form onSubmit=${add}>
    <p>${t("passkey.text")}</p>
    <${FormErrors} form=${form} labels=${labels} />
    <${Field} form=${form} name="name" label=${labels.name} hint=${t("passkey.name_hint")} maxlength="100" required />
    ${isFirst && html`<${Field} form=${form} name="current_password" label=${labels.current_password} kind="password" autocomplete="current-password" required />`}
    <${Submit} form=${form}>${t("passkey.add")}<//>
  </form>`;
}

/** The first factor needs the password; a further one needs a factor, for which the API asks by itself. @param {string} type @param {any} values */
const bodyOf = (type, { name, current_password }) => ({ type, name, ...(current_password ? { current_password } : {}) });
