/**
 * Forms whose requests may be repeated without being carried out twice.
 *
 * Each opened form has one idempotency key. It is stored with the draft in this tab's sessionStorage, so that a reload,
 * the back button and a duplicated tab send the same key. A new key is made only after an answer that says that
 * nothing was done, or when the user begins another one: by a button, or by following a link to the form once it is done.
 *
 * @typedef {"editing" | "review" | "sending" | "unknown" | "done"} Phase
 */
import { html, useCallback, useEffect, useRef, useState } from "../vendor/preact.js";
import { asProblem } from "./api.js";
import { money, readAmount, t } from "./language.js";
import { Advice, isSecondClick } from "./parts.js";

const DRAFT = "florin.draft.";
const RETRY_MS = [1_000, 2_000, 4_000];

const newKey = () => crypto.randomUUID();

/**
 * Open a form, or go on with its draft.
 * @param {string} name unique for the thing that the form makes or changes, such as "transfer"
 * @param {Record<string, any>} initial
 * @param {{ secret?: string[], fields?: Record<string, string>, isRepeatable?: boolean, isPrefilled?: boolean }} options `secret`: fields that are never stored;
 *   `fields`: names of the API's fields, where they differ from the form's; `isRepeatable`: the user may change and
 *   send it again whatever came of it, since nothing is done twice by it; `isPrefilled`: the link to the form says what
 *   is in it, so that a draft that was not sent gives way
 */
export function useForm(name, initial, { secret = [], fields = {}, isRepeatable = false, isPrefilled = false } = {}) {
  const place = DRAFT + name;
  const [state, setState] = useState(() => opened(place, initial, isPrefilled));
  const latest = useRef(state);
  const isSending = useRef(false);
  const isHere = useRef(true);
  useEffect(() => {
    isHere.current = true;
    rememberVisit(place);
    return () => {
      isHere.current = false;
    };
  }, []);

  const change = useCallback((/** @type {any} */ changes) => {
    latest.current = { ...latest.current, ...changes };
    store(place, latest.current, secret);
    if (isHere.current) setState(latest.current);
  }, []);

  /** Change a field, or several. @param {string | Record<string, any>} field @param {any} [value] */
  const set = (field, value) => {
    const given = typeof field === "string" ? { [field]: value } : field;
    const errors = { ...latest.current.errors };
    for (const one of Object.keys(given)) delete errors[one];
    const key = latest.current.isRefused ? newKey() : latest.current.key;
    change({ values: { ...latest.current.values, ...given }, errors, key, isRefused: false });
  };

  /**
   * Send it once, however often this is called meanwhile. Ask again with the same key while the outcome is unknown.
   * @param {(values: any, key: string) => Promise<any>} request @returns {Promise<any>} the answer, or null
   */
  const send = async (/** @type {(values: any, key: string) => Promise<any>} */ request) => {
    if (isSending.current || latest.current.phase === "done") return null;
    isSending.current = true;
    change({ phase: "sending", problem: null, errors: {} });
    try {
      const attempt = () => request(latest.current.values, latest.current.key);
      const answer = await (isRepeatable ? attempt() : withRetries(attempt, () => change({ phase: "unknown" })));
      change({ phase: "done", result: answer });
      return answer;
    } catch (error) {
      const refused = refusal(asProblem(error), latest.current, fields);
      change(isRepeatable ? { ...refused, phase: "editing" } : refused);
      return null;
    } finally {
      isSending.current = false;
    }
  };

  return {
    name,
    ...state,
    isLocked: state.phase === "sending" || state.phase === "unknown",
    set,
    send,
    /** Refuse fields before anything is sent. @param {Record<string, string>} errors */
    refuse: (errors) => change({ errors, problem: null, refusals: latest.current.refusals + 1, phase: "editing" }),
    /** Go back to the fields with what the API refused before anything was sent. @param {any} problem */
    fail: (problem) => change({ ...refusal(problem, latest.current, fields), phase: "editing" }),
    review: () => change({ phase: "review", errors: {}, problem: null }),
    edit: () => change({ phase: "editing" }),
    /** Begin another one with a new key. @param {Record<string, any>} values */
    reset: (values = initial) => change(fresh(values)),
    /** Leave nothing of it in the browser. */
    forget: () => sessionStorage.removeItem(place),
  };
}

/** @param {Record<string, any>} values */
const fresh = (values) => ({
  values: { ...values },
  key: newKey(),
  phase: /** @type {Phase} */ ("editing"),
  /** @type {Record<string, string>} */
  errors: {},
  /** @type {import("./api.js").Problem | null} */
  problem: null,
  refusals: 0,
  isRefused: false,
  /** @type {any} */
  result: null,
});

/** Return the forms that this entry of the browser's history has shown: after a reload, or when one goes back to it. @returns {string[]} */
const visits = () => history.state?.forms ?? [];

/** @param {string} place */
function rememberVisit(place) {
  if (!visits().includes(place)) history.replaceState({ ...history.state, forms: [...visits(), place] }, "");
}

/** @param {string} place @param {Record<string, any>} initial @param {boolean} isPrefilled */
function opened(place, initial, isPrefilled) {
  const draft = JSON.parse(sessionStorage.getItem(place) ?? "null");
  if (!draft) return fresh(initial);
  const wasSent = draft.phase === "sending" || draft.phase === "unknown";
  if (!wasSent && !visits().includes(place) && (isPrefilled || draft.phase === "done")) {
    sessionStorage.removeItem(place); // who follows a link to the form begins another one
    return fresh(initial);
  }
  return {
    ...fresh(initial),
    ...draft,
    values: { ...initial, ...draft.values },
    phase: wasSent ? "unknown" : draft.phase,
    isInterrupted: wasSent,
  };
}

/** @param {string} place @param {any} state @param {string[]} secret */
function store(place, { values, key, phase, result, isRefused }, secret) {
  const kept = Object.fromEntries(Object.entries(values).filter(([field]) => !secret.includes(field)));
  sessionStorage.setItem(place, JSON.stringify({ values: kept, key, phase, result, isRefused }));
}

/** @param {() => Promise<any>} request @param {() => void} onUnknown */
async function withRetries(request, onUnknown) {
  for (const wait of RETRY_MS) {
    try {
      return await request();
    } catch (error) {
      const problem = asProblem(error);
      if (!problem.isOutcomeUnknown && !(problem.isPassing && problem.status === 503)) throw error;
      if (problem.isOutcomeUnknown) onUnknown();
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
  return request();
}

/** Return the state of a form whose request was refused. @param {any} problem @param {any} state @param {Record<string, string>} fields */
function refusal(problem, state, fields) {
  if (problem.isOutcomeUnknown) return { phase: "unknown", problem };
  const errors = Object.fromEntries(
    problem.errors.map((/** @type {any} */ one) => [fields[one.field] ?? one.field, fieldWords(one.message)]).filter((/** @type {[string, string]} */ [field]) => field in state.values),
  );
  return { phase: "editing", problem, errors, refusals: state.refusals + 1, isRefused: problem.isRefusal };
}

/** Return the words for what the API says of a field, which is in English and for programmers. @param {string} message */
function fieldWords(message) {
  const length = /at (least|most) (\d+) character/.exec(message);
  if (length) return t(length[1] === "least" ? "field.too_short" : "field.too_long", { count: length[2] });
  if (/^Field required|^is required/.test(message)) return t("field.missing");
  if (/match pattern|valid (date|email)|not a valid/.test(message)) return t("field.wrong");
  return message;
}

/** What went wrong with a form, and links to the fields. It takes focus at each refusal. @param {{ form: any, labels: Record<string, string> }} props */
export function FormErrors({ form, labels }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (form.refusals) box.current?.focus();
  }, [form.refusals]);
  const wrong = Object.entries(form.errors);
  if (!form.problem && wrong.length === 0) return null;
  const general = form.problem && (form.problem.code !== "validation_failed" || wrong.length === 0);
  return html`<div class="notice bad" role="alert" tabindex="-1" ref=${box}>
    <p><strong>${general ? t(`problem.${form.problem.code}.title`) : t("form.errors")}</strong></p>
    ${general && html`<${Advice} problem=${form.problem} />`}
    ${wrong.length > 0 &&
    html`<ul>${wrong.map(([field, message]) => html`<li key=${field}><a href="#" onClick=${(/** @type {Event} */ event) => focusField(event, form.name, field)}>${labels[field] ?? field}</a>: ${message}</li>`)}</ul>`}
  </div>`;
}

/** @param {Event} event @param {string} form @param {string} field */
function focusField(event, form, field) {
  event.preventDefault();
  document.getElementById(`${form}-${field}`)?.focus();
}

/**
 * A field with its label, hint and error. `kind` is the input's type, "select" or "textarea". The value of a "file" is the file.
 * @param {any} props
 */
export function Field({ form, name, label, hint, kind = "text", options, children, optional, ...rest }) {
  const id = `${form.name}-${name}`;
  const error = form.errors[name];
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  const value = form.values[name];
  const common = {
    id,
    name,
    disabled: form.isLocked,
    "aria-invalid": error ? "true" : undefined,
    "aria-describedby": described,
    onInput: (/** @type {any} */ event) => form.set(name, kind === "checkbox" ? event.target.checked : kind === "file" ? event.target.files[0] : event.target.value),
    ...rest,
  };
  const words = html`<label for=${id}>${label}${optional && html` <span class="quiet">(${t("form.optional")})</span>`}</label>`;
  const notes = html`${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    ${error && html`<p class="error" id=${`${id}-error`}>${error}</p>`}`;
  if (kind === "checkbox")
    return html`<div class="field check"><input type="checkbox" checked=${Boolean(value)} ...${common} />${words}${notes}</div>`;
  return html`<div class=${`field${error ? " wrong" : ""}`}>
    ${words}
    ${kind === "select"
      ? html`<select value=${value} ...${common}>${options.map((/** @type {any} */ one) => html`<option key=${one.value} value=${one.value} selected=${one.value === value} disabled=${one.disabled}>${one.label}</option>`)}</select>`
      : kind === "textarea"
        ? html`<textarea rows="4" value=${value} ...${common}></textarea>`
        : kind === "file"
          ? html`<input type="file" ...${common} />`
          : html`<input type=${kind} value=${value} ...${common} />`}
    ${notes}${children}
  </div>`;
}

/** A field for an amount, which shows how it was understood. @param {any} props */
export function AmountField({ form, name, label, currency, hint, zero, ...rest }) {
  const text = form.values[name];
  const read = text ? readAmount(text, currency, zero) : null;
  const understood = read && "amount" in read ? t("amount.understood", { amount: money(read.amount, currency) }) : null;
  return html`<${Field} form=${form} name=${name} label=${label} hint=${understood ?? hint ?? t("amount.hint", { currency })} inputmode="decimal" autocomplete="off" class="amount" ...${rest} />`;
}

/** A form's main button, locked while it sends. @param {any} props */
export function Submit({ form, danger, children }) {
  const isBusy = form.isLocked;
  return html`<button type="submit" class=${danger ? "primary danger" : "primary"} disabled=${isBusy} aria-busy=${isBusy ? "true" : undefined} onClick=${(/** @type {MouseEvent} */ event) => isSecondClick(event) && event.preventDefault()}>
    ${isBusy ? html`<span class="spinner" aria-hidden="true"></span>${t("form.sending")}` : children}
  </button>`;
}

/** What to say while nobody knows whether a request was carried out. @param {{ form: any, again: () => void }} props */
export function OutcomeUnknown({ form, again }) {
  useEffect(() => {
    if (form.isInterrupted) again(); // the page was left while it was sent: learn the outcome with the same key
  }, []);
  if (form.phase !== "unknown") return null;
  return html`<div class="notice wait" role="status">
    <p><strong>${t("unknown.title")}</strong></p>
    <p>${t("unknown.text")}</p>
    <p>${form.problem ? html`<button type="button" onClick=${again}>${t("unknown.again")}</button>` : html`<span class="spinner" aria-hidden="true"></span> ${t("unknown.asking")}`}</p>
  </div>`;
}
