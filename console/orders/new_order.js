/** Make a standing order: terms, then a review with its first dates, then send. Two calls for the form, one for the review,
 * and one for the name of a payee at another bank. */
import { html, useEffect, useState } from "../vendor/preact.js";
import { accountName } from "../accounts/names.js";
import { payingOf, toName, useParties } from "../payments/parties.js";
import { checkPayee, isElsewhere, NameCheck, payeeFields } from "../payments/payee_check.js";
import { PARTY_FIELDS, PartyFields, PinField, partyLabels, payeeProblems } from "../payments/payee_choice.js";
import { api, asProblem } from "../shell/api.js";
import { AmountField, Field, FormErrors, OutcomeUnknown, Submit, useForm } from "../shell/forms.js";
import { bankDay, date, money, readAmount, t } from "../shell/language.js";
import { Card, Empty, Facts, Heading, Money, Notice, Resource, showFields, useOneAtATime } from "../shell/parts.js";
import { frequencyText } from "./words.js";

const INITIAL = { from: "", kind: "number", own: "", payee: "", number: "", name: "", amount: "", memo: "", unit: "month", every: "1", day: "start", weekday: "", start: "", end: "", business_days: "following", pin: "" };
const FIELDS = {
  ...PARTY_FIELDS,
  "frequency.unit": "unit",
  "frequency.every": "every",
  "frequency.day": "day",
  "frequency.weekday": "weekday",
};
const UNITS = ["day", "week", "month", "year"];
const DATES_SHOWN = 6;
const ENTERED = ["from", "kind", "own", "number", "name", "payee", "amount", "memo"];

/** @param {{ query: Record<string, string> }} props */
export default function NewOrder({ query }) {
  const sources = useParties();
  return html`
    <${Heading} title=${t("order.new_title")} lead=${t("order.new_lead")} />
    <${Resource} of=${sources} lines=${8}>${(/** @type {any} */ { accounts, payees }) =>
      payingOf(accounts).length === 0 ? html`<${Card}><${Empty}>${t("transfer.no_account")}<//><//>` : html`<${Steps} accounts=${accounts} payees=${payees} query=${query} />`}<//>
  `;
}

/** The form in whichever step it is. @param {{ accounts: any[], payees: any[], query: Record<string, string> }} props */
function Steps({ accounts, payees, query }) {
  const paying = payingOf(accounts);
  const blank = { ...INITIAL, from: query.from ?? paying[0].id, start: bankDay(1), kind: payees.length ? "payee" : "number" };
  const form = useForm("standing-order", { ...blank, ...entered(query) }, { secret: ["pin"], fields: FIELDS, isPrefilled: Boolean(query.kind) });
  const from = paying.find((one) => one.id === form.values.from) ?? paying[0];
  const [check, setCheck] = useState(/** @type {any} */ (null));
  const send = () => form.send((/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/standing-orders", { body: requestOf(values, from, check), key }));
  const next = async () => setCheck(isElsewhere(form.values, from) ? await checkPayee(form.values) : null);
  if (form.phase === "done") return html`<${Made} form=${form} another=${() => showFields(() => form.reset(blank))} />`;
  if (form.phase === "editing") return html`<${Entry} form=${form} from=${from} accounts=${accounts} payees=${payees} next=${next} />`;
  return html`<${Review} form=${form} from=${from} check=${check} accounts=${accounts} payees=${payees} send=${send} />`;
}

/** Return what the form for one payment has led here with. @param {Record<string, string>} query */
const entered = (query) => Object.fromEntries(Object.entries(query).filter(([field]) => ENTERED.includes(field)));

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
    return check();
  };
  return html`<${Card} narrow><form onSubmit=${submit} novalidate>
    <${FormErrors} form=${form} labels=${labels} />
    <${PartyFields} form=${form} from=${from} accounts=${accounts} payees=${payees} />
    <${AmountField} form=${form} name="amount" label=${labels.amount} currency=${from.currency} />
    <${Field} form=${form} name="memo" label=${labels.memo} maxlength="140" optional />
    <${Rhythm} form=${form} labels=${labels} />
    <${PinField} form=${form} />
    <div class="actions"><button type="submit" class="primary" disabled=${isChecking} aria-busy=${isChecking ? "true" : undefined}>${t("transfer.review")}</button></div>
  </form><//>`;
}

/** How often it pays, and from when until when. @param {any} props */
function Rhythm({ form, labels }) {
  const { values } = form;
  return html`<fieldset>
    <legend>${t("orders.how_often")}</legend>
    <div class="pair">
      <${Field} form=${form} name="every" label=${labels.every} kind="number" min="1" max="366" />
      <${Field} form=${form} name="unit" label=${labels.unit} kind="select" options=${UNITS.map((value) => ({ value, label: t(values.every === "1" ? `order.unit.one.${value}` : `order.unit.${value}`) }))} />
    </div>
    ${values.unit === "month" && html`<${Field} form=${form} name="day" label=${labels.day} kind="select" options=${[{ value: "start", label: t("order.day_of_start") }, { value: "last", label: t("orders.last_day") }]} />`}
    <div class="pair">
      <${Field} form=${form} name="start" label=${labels.start} kind="date" min=${bankDay()} />
      <${Field} form=${form} name="end" label=${labels.end} kind="date" min=${values.start || bankDay()} optional />
    </div>
    <${Field} form=${form} name="business_days" label=${labels.business_days} kind="select" options=${["following", "preceding", "none"].map((value) => ({ value, label: t(`order.business_days.${value}`) }))} />
  </fieldset>`;
}

/** @param {any} props */
function Review({ form, from, check, accounts, payees, send }) {
  const { values } = form;
  const [dates, setDates] = useState(/** @type {any} */ (null));
  useEffect(() => {
    document.getElementById("review")?.focus();
    const body = requestOf(values, from, check);
    api.post("/v1/standing-orders", { query: { preview: DATES_SHOWN }, body, key: `preview-${form.key}` }).then(
      (answer) => setDates(answer.body.dates),
      (error) => form.fail(asProblem(error)),
    );
  }, []);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    send();
  };
  const read = readAmount(values.amount, from.currency);
  return html`<${Card} narrow><form onSubmit=${submit}>
    <h2 id="review" tabindex="-1">${t("transfer.review_title")}</h2>
    <${OutcomeUnknown} form=${form} again=${send} />
    <${Facts} rows=${[
      [t("orders.amount"), html`<strong class="money">${"amount" in read ? money(read.amount, from.currency) : values.amount}</strong>`],
      [t("transfer.from"), accountName(from)],
      [t("transfer.to"), toName(values, accounts, payees)],
      [t("orders.how_often"), frequencyText(requestOf(values, from, check).frequency, values.start)],
      [t("transfer.memo"), values.memo],
    ]} />
    ${check && html`<${NameCheck} check=${check} name=${values.name} />`}
    <h3>${t("order.first_dates")}</h3>
    ${dates === null
      ? html`<p class="quiet" aria-busy="true">${t("loading")}</p>`
      : html`<ul class="rows">${dates.map(
          (/** @type {any} */ one) => html`<li key=${one.date} class="row"><span>${date(one.execution_date)}${one.execution_date !== one.date && html` <span class="quiet">${t("order.instead_of", { date: date(one.date) })}</span>`}</span><${Money} amount=${one.amount} currency=${from.currency} /></li>`,
        )}</ul>`}
    <div class="actions">
      <${Submit} form=${form}>${t("order.make")}<//>
      <button type="button" disabled=${form.isLocked} onClick=${() => showFields(form.edit)}>${t("transfer.change")}</button>
    </div>
  </form><//>`;
}

/** @param {any} props */
function Made({ form, another }) {
  const { status, body } = form.result;
  const isWaiting = status === 202;
  return html`<${Card} narrow>
    <${Notice} kind=${isWaiting ? "wait" : "good"} title=${isWaiting ? t("order.waits_title") : t("order.made")}>
      <p>${isWaiting ? t("order.waits") : body.next?.[0] && t("order.first_on", { date: date(body.next[0].execution_date) })}</p>
    <//>
    <div class="actions">
      ${!isWaiting && html`<a class="button primary" href=${`#/standing-orders/${body.id}`}>${t("order.show")}</a>`}
      <button type="button" onClick=${another}>${t("order.another")}</button>
    </div>
  <//>`;
}

const labelsOf = () => ({
  ...partyLabels(),
  amount: t("orders.amount"),
  every: t("order.every"),
  unit: t("order.unit"),
  day: t("order.day"),
  start: t("order.start"),
  end: t("order.end"),
  business_days: t("order.business_days"),
});

/** Return what is wrong with the fields, before anything is asked. @param {any} values @param {any} from */
function problemsOf(values, from) {
  const errors = payeeProblems(values, from);
  const read = readAmount(values.amount, from.currency);
  if ("problem" in read) errors.amount = t(read.problem);
  if (!values.start) errors.start = t("order.start_missing");
  if (!/^[1-9]\d*$/.test(values.every)) errors.every = t("order.every_wrong");
  return errors;
}

/** Return the body of the request. @param {any} values @param {any} from @param {any} check */
function requestOf(values, from, check) {
  const read = readAmount(values.amount, from.currency);
  return {
    from_account_id: from.id,
    ...payeeFields(values, from, check),
    amount: "amount" in read ? read.amount : values.amount,
    frequency: { unit: values.unit, every: Number(values.every), ...(values.unit === "month" && values.day === "last" ? { day: "last" } : {}) },
    start: values.start,
    ...(values.end ? { end: values.end } : {}),
    business_days: values.business_days,
    ...(values.memo ? { memo: values.memo } : {}),
    ...(values.pin ? { pin: values.pin } : {}),
  };
}
