/** Acts of staff: a button, a dialog with its fields, and what came of it, done or waiting for a second person. */
import { Fragment, html, useEffect, useRef, useState } from "../vendor/preact.js";
import { AmountField, Field, FormErrors, OutcomeUnknown, Submit, useForm } from "./forms.js";
import { money, readAmount, t } from "./language.js";
import { Dialog, Facts, Notice } from "./parts.js";
import { hasRole } from "./session.js";

/**
 * @typedef {{ name: string, label: string, kind?: string, options?: any[], hint?: string, initial?: any, optional?: boolean, [more: string]: any }} ActField
 * A field of kind "amount" gives the request a decimal string, of its `currency` or of the one that the field named by
 * `currencyField` has; left empty where it is optional, none; `zero`: it may be zero. One of kind "password" or "file" is in no draft.
 * @param {{
 *   name: string, label: string, title?: string, text?: string, fields?: ActField[], danger?: boolean,
 *   request: (values: any, key: string) => Promise<import("./api.js").Answer>, done: (answer: any) => void,
 *   outcome?: (answer: any) => string | null, review?: boolean,
 * }} props `name`: unique for the act and the thing; `done` is called when the dialog is closed after an answer; `outcome`: what to
 *   say of an answer; null, or without it: whether it is done or waits for a second person; `review`: money moves, so all is shown once more
 */
export function ActButton({ name, label, title, text, fields = [], danger, request, done, outcome, review }) {
  const [isOpen, setOpen] = useState(false);
  return html`<${Fragment}>
    <button type="button" class=${danger ? "danger" : ""} onClick=${() => setOpen(true)}>${label}</button>
    ${isOpen && html`<${Act} name=${name} label=${label} title=${title ?? label} text=${text} fields=${fields} danger=${danger} request=${request} done=${done} outcome=${outcome} review=${review} close=${() => setOpen(false)} />`}
  <//>`;
}

/** @param {any} props */
function Act({ name, label, title, text, fields, danger, request, done, outcome, review, close }) {
  const initial = Object.fromEntries(fields.map((/** @type {ActField} */ one) => [one.name, one.initial ?? ""]));
  const secret = fields.filter((/** @type {ActField} */ one) => one.kind === "password" || one.kind === "file").map((/** @type {ActField} */ one) => one.name);
  const form = useForm(name, initial, { secret });
  const amounts = fields.filter((/** @type {ActField} */ one) => one.kind === "amount");
  const send = () => form.send((/** @type {any} */ values, /** @type {string} */ key) => request({ ...values, ...read(amounts, values, "amount") }, key));
  const leave = () => {
    const answer = form.phase === "done" ? form.result : null;
    if (answer) form.reset();
    close();
    if (answer) done(answer);
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const problems = read(amounts, form.values, "problem");
    if (Object.keys(problems).length) form.refuse(Object.fromEntries(Object.entries(problems).map(([field, problem]) => [field, t(problem)])));
    else if (review && form.phase === "editing") form.review();
    else send();
  };
  const isReviewing = review && form.phase !== "editing";
  const said = form.phase === "done" && outcome?.(form.result);
  return html`<${Dialog} title=${title} onClose=${() => form.isLocked || leave()}>
    ${form.phase === "done"
      ? html`${said ? html`<${Notice} title=${said} />` : html`<${Outcome} answer=${form.result} />`}
          <div class="actions"><${Close} leave=${leave} /></div>`
      : html`<form onSubmit=${submit}>
          ${text && html`<p>${text}</p>`}
          <${OutcomeUnknown} form=${form} again=${send} />
          <${FormErrors} form=${form} labels=${Object.fromEntries(fields.map((/** @type {ActField} */ one) => [one.name, one.label]))} />
          ${isReviewing ? html`<${Facts} rows=${entered(fields, form.values)} />` : fields.map((/** @type {ActField} */ one) => html`<${ActInput} key=${one.name} form=${form} field=${one} />`)}
          <div class="actions">
            ${isReviewing && html`<button type="button" disabled=${form.isLocked} onClick=${form.edit}>${t("transfer.change")}</button>`}
            <button type="button" disabled=${form.isLocked} onClick=${leave}>${t("cancel")}</button>
            <${Submit} form=${form} danger=${danger}>${review && !isReviewing ? t("transfer.review") : label}<//>
          </div>
        </form>`}
  <//>`;
}

/** The only button once it is done, which takes focus from the one that was pressed. @param {{ leave: () => void }} props */
function Close({ leave }) {
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  useEffect(() => button.current?.focus(), []);
  return html`<button type="button" class="primary" ref=${button} onClick=${leave}>${t("close")}</button>`;
}

/** Return what was entered, for a review. @param {ActField[]} fields @param {any} values @returns {[string, any][]} */
function entered(fields, values) {
  return fields.map((one) => {
    const amount = one.kind === "amount" && read([one], values, "amount")[one.name];
    const shown = one.options?.find((/** @type {any} */ option) => option.value === values[one.name])?.label ?? values[one.name];
    return [one.label, amount ? html`<strong class="money">${money(amount, one.currency ?? values[one.currencyField])}</strong>` : shown];
  });
}

/** @param {{ form: any, field: ActField }} props */
function ActInput({ form, field: { initial: _, currencyField, ...field } }) {
  if (field.kind !== "amount") return html`<${Field} form=${form} ...${field} />`;
  const { kind: __, currency = form.values[currencyField], ...rest } = field;
  return html`<${AmountField} form=${form} currency=${currency} ...${rest} />`;
}

/** Return how amounts were understood, or what is wrong with them. @param {ActField[]} amounts @param {any} values @param {"amount" | "problem"} what */
function read(amounts, values, what) {
  const given = amounts.filter((one) => !one.optional || values[one.name].trim());
  const all = given.map((one) => [one.name, /** @type {any} */ (readAmount(values[one.name], one.currency ?? values[one.currencyField], one.zero))[what]]);
  return Object.fromEntries(all.filter(([, text]) => text !== undefined));
}

/** Say that it is done, or that a second person must agree. @param {{ answer: import("./api.js").Answer }} props */
function Outcome({ answer }) {
  if (answer.status !== 202) return html`<${Notice} title=${t("act.done")} />`;
  if (hasRole(["customer"])) return html`<${Notice} kind="wait" title=${t("act.waits_bank")}><p>${t("act.waits_bank_text")}</p><//>`;
  return html`<${Notice} kind="wait" title=${t("act.waits")}><p>${t("act.waits_text")}</p><p><a href="#/approvals">${t("approvals.title")}</a></p><//>`;
}
