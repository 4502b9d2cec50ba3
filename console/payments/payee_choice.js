/** Who pays whom, in each form that pays: the paying account, and a payee by number, from the list, or of one's own. */
import { html } from "../vendor/preact.js";
import { Field } from "../shell/forms.js";
import { t } from "../shell/language.js";
import { choose, looksLikeIban, optionOf, payeeName, payingOf, plainNumber } from "./parties.js";
import { isElsewhere } from "./payee_check.js";

/** The form's fields by those of the API. */
export const PARTY_FIELDS = {
  from_account_id: "from",
  to_account_id: "own",
  to_account_number: "number",
  to_iban: "number",
  to_name: "name",
  remittance: "memo",
  beneficiary_id: "payee",
};

export const partyLabels = () => ({
  from: t("transfer.from"),
  own: t("transfer.own_account"),
  number: t("transfer.number"),
  name: t("transfer.name"),
  payee: t("transfer.payee"),
  memo: t("transfer.memo"),
  pin: t("transfer.pin"),
});

/** @param {{ form: any, from: any, accounts: any[], payees: any[] }} props */
export function PartyFields({ form, from, accounts, payees }) {
  const { values } = form;
  const labels = partyLabels();
  const others = accounts.filter((one) => one.id !== from.id && one.currency === from.currency);
  const kinds = [
    ["number", t("transfer.to_number"), true],
    ["payee", t("transfer.to_payee"), payees.length > 0],
    ["own", t("transfer.to_own"), others.length > 0],
  ];
  return html`
    <${Field} form=${form} name="from" label=${labels.from} kind="select" options=${payingOf(accounts).map(optionOf)} />
    <fieldset>
      <legend>${t("transfer.to")}</legend>
      <div class="choice">${kinds.map(
        ([kind, label, isPossible]) => html`<label key=${kind}><input type="radio" name="kind" value=${kind} checked=${values.kind === kind} disabled=${!isPossible} onChange=${() => form.set("kind", kind)} />${label}</label>`,
      )}</div>
      ${values.kind === "number" &&
      html`<${Field} form=${form} name="number" label=${labels.number} hint=${t("transfer.number_hint")} autocomplete="off" spellcheck="false" />
        <${Field} form=${form} name="name" label=${labels.name} hint=${t("transfer.name_hint")} autocomplete="off" optional />`}
      ${values.kind === "payee" && html`<${Field} form=${form} name="payee" label=${labels.payee} kind="select" options=${[choose(), ...payees.map((one) => ({ value: one.id, label: payeeName(one) }))]} />`}
      ${values.kind === "own" && html`<${Field} form=${form} name="own" label=${labels.own} kind="select" options=${[choose(), ...others.map(optionOf)]} />`}
    </fieldset>
  `;
}

/** The field for a PIN, once the bank has asked for it. @param {{ form: any }} props */
export function PinField({ form }) {
  const isAsked = form.problem?.code?.startsWith("pin_");
  return isAsked && html`<${Field} form=${form} name="pin" label=${partyLabels().pin} kind="password" inputmode="numeric" autocomplete="off" maxlength="6" />`;
}

/**
 * Return what is wrong with the choice of a payee, by field, before anything is asked.
 * @param {any} values @param {any} from @returns {Record<string, string>}
 */
export function payeeProblems(values, from) {
  /** @type {Record<string, string>} */
  const errors = {};
  const plain = plainNumber(values.number);
  if (values.kind === "number" && !/^\d{12}$/.test(plain) && !looksLikeIban(plain)) errors.number = t("transfer.number_wrong");
  if (values.kind !== "number" && !values[values.kind]) errors[values.kind] = t("form.choose_one");
  if (isElsewhere(values, from) && !values.name.trim()) errors.name = t("transfer.name_missing");
  return errors;
}
