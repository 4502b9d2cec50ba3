/** Make a transfer: fill in, review, send. Two calls for the form; the name of a payee by IBAN is compared on review. */
import { html, useEffect, useState } from "../vendor/preact.js";
import { accountName } from "../accounts/names.js";
import { api } from "../shell/api.js";
import { AmountField, Field, FormErrors, OutcomeUnknown, Submit, useForm } from "../shell/forms.js";
import { bankDay, date, money, readAmount, t } from "../shell/language.js";
import { Card, Empty, Facts, Heading, Resource, showFields, useOneAtATime } from "../shell/parts.js";
import { go } from "../shell/router.js";
import { payingOf, toName, useParties } from "./parties.js";
import { checkPayee, NameCheck, payeeFields } from "./payee_check.js";
import { PARTY_FIELDS, PartyFields, PinField, partyLabels, payeeProblems } from "./payee_choice.js";
import { Receipt } from "./receipt.js";

const INITIAL = { from: "", kind: "number", own: "", number: "", name: "", payee: "", amount: "", memo: "", when: "now", day: "", pin: "" };
const FIELDS = {
  ...PARTY_FIELDS,
  execution_date: "day",
};

/** @param {{ query: Record<string, string> }} props */
export default function Transfer({ query }) {
  const sources = useParties();
  return html`
    <${Heading} title=${t("transfer.title")} lead=${t("transfer.lead")} />
    <${Resource} of=${sources} lines=${8}>${(/** @type {any} */ { accounts, payees }) =>
      payingOf(accounts).length === 0 ? html`<${Card}><${Empty}>${t("transfer.no_account")}<//><//>` : html`<${Steps} accounts=${accounts} payees=${payees} query=${query} />`}<//>
  `;
}

/** The form in whichever step it is. @param {{ accounts: any[], payees: any[], query: Record<string, string> }} props */
function Steps({ accounts, payees, query }) {
  const paying = payingOf(accounts);
  const initial = { ...INITIAL, from: query.from ?? paying[0].id, kind: query.payee ? "payee" : INITIAL.kind, payee: query.payee ?? "" };
  const form = useForm("transfer", initial, { secret: ["pin"], fields: FIELDS, isPrefilled: Boolean(query.from || query.payee) });
  const [check, setCheck] = useState(/** @type {any} */ (null));
  const from = paying.find((one) => one.id === form.values.from) ?? paying[0];
  const send = () => form.send((/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/transactions/transfer", { body: requestOf(values, from, check), key }));
  if (form.phase === "done") return html`<${Receipt} answer=${form.result.body} to=${toName(form.values, accounts, payees)} another=${() => showFields(() => form.reset())} />`;
  if (form.phase === "editing") return html`<${Entry} form=${form} from=${from} accounts=${accounts} payees=${payees} next=${async () => setCheck(await checkPayee(form.values))} />`;
  return html`<${Review} form=${form} from=${from} check=${check} accounts=${accounts} payees=${payees} send=${send} />`;
}

/** @param {any} props */
function Entry({ form, from, accounts, payees, next }) {
  const { values } = form;
  const [isChecking, setChecking] = useState(false);
  const labels = labelsOf();
  const check = useOneAtATime(async () => {
    setChecking(true);
    await next();
    setChecking(false);
    form.review();
  });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const errors = problemsOf(values, from);
    if (Object.keys(errors).length) return form.refuse(errors);
    if (values.when === "repeating") return go(orderAddress(values));
    return check();
  };
  return html`<${Card} narrow><form onSubmit=${submit} novalidate>
    <${FormErrors} form=${form} labels=${labels} />
    <${PartyFields} form=${form} from=${from} accounts=${accounts} payees=${payees} />
    <${AmountField} form=${form} name="amount" label=${labels.amount} currency=${from.currency} />
    <${Field} form=${form} name="memo" label=${labels.memo} maxlength="140" optional />
    <fieldset>
      <legend>${t("transfer.when")}</legend>
      <div class="choice">${["now", "date", "repeating"].map(
        (one) => html`<label key=${one}><input type="radio" name="when" value=${one} checked=${values.when === one} onChange=${() => form.set("when", one)} />${t(`transfer.when.${one}`)}</label>`,
      )}</div>
      ${values.when === "repeating" && html`<p class="hint">${t("transfer.repeating_text")}</p>`}
      ${values.when === "date" && html`<${Field} form=${form} name="day" label=${labels.day} kind="date" min=${bankDay(1)} />`}
    </fieldset>
    <${PinField} form=${form} />
    <div class="actions"><button type="submit" class="primary" disabled=${isChecking} aria-busy=${isChecking ? "true" : undefined}>${t(values.when === "repeating" ? "transfer.go_on" : "transfer.review")}</button></div>
  </form><//>`;
}

/** @param {any} props */
function Review({ form, from, check, accounts, payees, send }) {
  const { values } = form;
  useEffect(() => document.getElementById("review")?.focus(), []);
  const read = readAmount(values.amount, from.currency);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    send();
  };
  return html`<${Card} narrow><form onSubmit=${submit}>
    <h2 id="review" tabindex="-1">${t("transfer.review_title")}</h2>
    <${OutcomeUnknown} form=${form} again=${send} />
    <${Facts} rows=${[
      [t("transfer.amount"), html`<strong class="money">${"amount" in read ? money(read.amount, from.currency) : values.amount}</strong>`],
      [t("transfer.from"), accountName(from)],
      [t("transfer.to"), toName(values, accounts, payees)],
      [t("transfer.memo"), values.memo],
      [t("transfer.when"), values.when === "now" ? t("transfer.when.now") : date(values.day)],
    ]} />
    ${check && html`<${NameCheck} check=${check} name=${values.name} />`}
    <div class="actions">
      <${Submit} form=${form}>${t("transfer.send")}<//>
      <button type="button" disabled=${form.isLocked} onClick=${() => showFields(form.edit)}>${t("transfer.change")}</button>
    </div>
  </form><//>`;
}

const labelsOf = () => ({
  ...partyLabels(),
  amount: t("transfer.amount"),
  day: t("transfer.day"),
});

/** Return the address of the form for a standing order, with what was entered here. @param {any} values */
function orderAddress({ from, kind, own, number, name, payee, amount, memo }) {
  const entered = Object.entries({ from, kind, own, number, name, payee, amount, memo }).filter(([, value]) => value);
  return `#/standing-orders/new?${new URLSearchParams(entered)}`;
}

/** Return what is wrong with the fields, before anything is asked. @param {any} values @param {any} from */
function problemsOf(values, from) {
  const errors = payeeProblems(values, from);
  const read = readAmount(values.amount, from.currency);
  if ("problem" in read) errors.amount = t(read.problem);
  if (values.when === "date" && values.day <= bankDay()) errors.day = t("transfer.day_wrong");
  return errors;
}

/** Return the body of the request. @param {any} values @param {any} from @param {any} check */
function requestOf(values, from, check) {
  const read = readAmount(values.amount, from.currency);
  return {
    from_account_id: from.id,
    ...payeeFields(values, from, check),
    amount: "amount" in read ? read.amount : values.amount,
    ...(values.memo ? { memo: values.memo } : {}),
    ...(values.when === "date" ? { execution_date: values.day } : {}),
    ...(values.pin ? { pin: values.pin } : {}),
  };
}
