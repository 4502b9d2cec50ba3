/** The payees that a customer has saved: add, rename, remove. */
import { looksLikeIban, plainNumber } from "../payments/parties.js";
import { html } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { Field, FormErrors, OutcomeUnknown, Submit, useForm } from "../shell/forms.js";
import { grouped, maybe, t } from "../shell/language.js";
import { Badge, Card, ConfirmButton, Heading, Pages, Table, usePages } from "../shell/parts.js";

const INITIAL = { name: "", number: "", nickname: "" };
const FIELDS = { account_number: "number", iban: "number" };

export default function Payees() {
  const pages = usePages((cursor) => api.get("/v1/beneficiaries", { query: { cursor } }), []);
  return html`
    <${Heading} title=${t("payees.title")} lead=${t("payees.lead")} />
    <${Card} title=${t("payees.saved")}>
      <${Pages} pages=${pages} empty=${t("payees.none")}>${(/** @type {any[]} */ rows) => html`<${Table}
        caption=${t("payees.saved")}
        rows=${rows}
        columns=${[
          { label: t("payees.name"), cell: nameOf },
          { label: t("payees.number"), cell: (row) => html`<span class="figures">${grouped(row.iban ?? row.account_number ?? "")}</span>` },
          { label: t("payees.status"), cell: (row) => html`<${Badge} kind=${row.status === "active" ? "good" : "wait"}>${t(`payees.status.${row.status}`)}<//>` },
          { label: t("actions"), cell: (row) => html`<${Actions} payee=${row} reload=${pages.reload} />` },
        ]} />`}<//>
    <//>
    <${Card} narrow title=${t("payees.add")}><${AddPayee} added=${pages.reload} /><//>
  `;
}

/** @param {any} payee */
const nameOf = (payee) => html`<div class="text"><strong>${payee.nickname ?? payee.name}</strong>${payee.nickname && html`<br /><span class="quiet">${payee.name}</span>`}</div>`;

/** @param {{ payee: any, reload: () => void }} props */
function Actions({ payee, reload }) {
  const remove = async () => {
    await api.delete("/v1/beneficiaries/{beneficiary_id}", { params: { beneficiary_id: payee.id } });
    reload();
  };
  return html`<div class="actions">
    <a class="button" href=${`#/transfer?payee=${payee.id}`}>${t("payees.pay")}</a>
    <${ActButton} name=${`payee-${payee.id}-${payee.name}-${payee.nickname ?? ""}`} label=${t("payees.rename")} text=${t("payees.rename_text")} done=${reload}
      fields=${[
        { name: "name", label: t("payees.name"), initial: payee.name, maxlength: 100, autocomplete: "off", required: true },
        { name: "nickname", label: t("payees.nickname"), initial: payee.nickname ?? "", maxlength: 100, autocomplete: "off", optional: true },
      ]}
      request=${({ name, nickname }) => api.patch("/v1/beneficiaries/{beneficiary_id}", { params: { beneficiary_id: payee.id }, body: { ...(name.trim() === payee.name ? {} : { name: name.trim() }), nickname: nickname.trim() || null } })} />
    <${ConfirmButton} question=${t("payees.remove_question", { name: payee.nickname ?? payee.name })} onConfirm=${remove}>${t("payees.remove")}<//>
  </div>`;
}

/** @param {{ added: () => void }} props */
function AddPayee({ added }) {
  const form = useForm("payee", INITIAL, { fields: FIELDS });
  const labels = { name: t("payees.name"), number: t("payees.number"), nickname: t("payees.nickname") };
  const send = async () => {
    const answer = await form.send((values, key) => api.post("/v1/beneficiaries", { body: bodyOf(values), key }));
    if (answer) added();
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    send();
  };
  if (form.phase === "done") {
    const { body } = form.result;
    return html`<div class="notice good" role="status">
      <p><strong>${t("payees.added", { name: body.nickname ?? body.name })}</strong></p>
      <p>${maybe(`payee_check.${body.verification.result}`, { name: body.name, matched: "" })}</p>
      <p><button type="button" onClick=${() => form.reset()}>${t("payees.another")}</button></p>
    </div>`;
  }
  return html`<form onSubmit=${submit}>
    <${OutcomeUnknown} form=${form} again=${send} />
    <${FormErrors} form=${form} labels=${labels} />
    <${Field} form=${form} name="name" label=${labels.name} autocomplete="off" maxlength="140" required />
    <${Field} form=${form} name="number" label=${labels.number} hint=${t("payees.number_hint")} autocomplete="off" spellcheck="false" required />
    <${Field} form=${form} name="nickname" label=${labels.nickname} autocomplete="off" maxlength="100" optional />
    <${Submit} form=${form}>${t("payees.add")}<//>
  </form>`;
}

/** @param {any} values */
function bodyOf({ name, number, nickname }) {
  const plain = plainNumber(number);
  return {
    name: name.trim(),
    [looksLikeIban(plain) ? "iban" : "account_number"]: plain,
    ...(nickname.trim() ? { nickname: nickname.trim() } : {}),
  };
}
