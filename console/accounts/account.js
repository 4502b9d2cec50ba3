/** An account: balance, statements, holders, history with filters; for staff, what they do with it. Three calls, and one for each further page. */
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { api, asProblem } from "../shell/api.js";
import { Field } from "../shell/forms.js";
import { date, dateTime, grouped, month, t } from "../shell/language.js";
import { Badge, Card, Facts, Heading, Icon, Money, Notice, Pages, ProblemNotice, Resource, useOneAtATime, usePages, useResource } from "../shell/parts.js";
import { setQuery } from "../shell/router.js";
import * as session from "../shell/session.js";
import { AccountActs } from "../customers/account_acts.js";
import { CalendarLink } from "./calendar_link.js";
import { KNOWN } from "./category_choices.js";
import { Holders } from "./holders.js";
import { categoryName, Movements } from "./movements.js";
import { accountName, STATUS_KIND } from "./names.js";
import { mayDo } from "./rights.js";
import { Settings } from "./settings.js";

const TYPES = ["deposit", "withdrawal", "transfer", "interest_credit", "reversal"];
const ACTING = ["teller", "manager", "admin"];
const MONTHS_SHOWN = 24;

/** @param {{ params: any, query: Record<string, string> }} props */
export default function Account({ params, query }) {
  const account = useResource(async () => (await api.get("/v1/accounts/{account_id}", { params })).body, [params.account_id]);
  const isCustomer = session.hasRole(["customer"]);
  if (!account.value) return html`<${Heading} title=${t("account.title")} /><${Resource} of=${account} lines=${6}>${() => null}<//>`;
  return html`<${Resource} of=${account}>${(/** @type {any} */ one) => html`
    <${Heading} title=${accountName(one)} lead=${grouped(one.iban)}>
      ${!isCustomer && html`<a class="button" href=${`#/customers/${one.customer_id}`}>${t("customer.title")}</a>`}
      ${one.status === "active" && mayDo(one, "pay") && html`<a class="button primary" href=${`#/transfer?from=${one.id}`}><${Icon} name="transfer" />${t("dashboard.transfer")}</a>`}
    <//>
    <p class="print-only quiet">${t("account.printed", { at: dateTime(account.at) })}</p>
    <div class="grid">
      <${Balance} account=${one} />
      <${Statements} account=${one} />
      ${session.hasRole(ACTING) && one.status !== "closed" && html`<${Card} title=${t("account.acts")} wide screenOnly><div class="actions"><${AccountActs} account=${one} done=${account.reload} /></div><//>`}
      <${History} account=${one} query=${query} />
      <${Holders} account=${one} />
      ${isCustomer && html`<${Settings} account=${one} changed=${account.put} />`}
      ${isCustomer && one.status !== "closed" && html`<${Card} title=${t("calendar.title")} wide screenOnly><${CalendarLink} account=${one} /><//>`}
    </div>`}<//>`;
}

/** @param {{ account: any }} props */
function Balance({ account }) {
  const { currency } = account;
  const amount = (/** @type {string} */ value) => html`<${Money} amount=${value} currency=${currency} />`;
  return html`<${Card} title=${t("account.balance")} aside=${html`<${Badge} kind=${STATUS_KIND[/** @type {"active"} */ (account.status)]}>${t(`account.status.${account.status}`)}<//>`}>
    ${account.status === "frozen" && html`<${Frozen} account=${account} />`}
    <p class="balance">${amount(account.balance)}</p>
    <${Facts} rows=${[
      [t("account.available"), amount(account.available)],
      [t("account.held"), html`${amount(account.held)}${session.hasRole(["customer"]) && Number(account.held) > 0 && html`<br /><a class="screen-only" href="#/pending">${t("pending.title")}</a>`}`],
      [t("account.overdraft"), Number(account.overdraft_limit) ? amount(account.overdraft_limit) : null],
      [t("account.number"), html`<span class="figures">${grouped(account.account_number)}</span>`],
      [t("account.kind"), t(`account.type.${account.type}`)],
      [t("account.opened_at"), date(account.opened_at)],
    ]} />
    <p class="screen-only"><a href=${`#/accounts/${account.id}/interest`}>${t("interest.title")}</a> · <a href=${`#/accounts/${account.id}/changes`}>${t("changes.title")}</a></p>
  <//>`;
}

/** Why an account is frozen, for staff; whom to ask, for customers, who are not told. @param {{ account: any }} props */
const Frozen = ({ account }) =>
  session.hasRole(["customer"])
    ? html`<${Notice} kind="wait"><p>${t("account.frozen")} <a href="#/tickets/new">${t("tickets.new")}</a></p><//>`
    : html`<${Notice} kind="wait"><p>${t("account.frozen_staff")} <a href=${`#/accounts/${account.id}/changes`}>${t("account.frozen_why")}</a></p><//>`;

/** Statements of each month, as files. @param {{ account: any }} props */
function Statements({ account }) {
  const months = monthsSince(account.opened_at);
  const [period, setPeriod] = useState(months[0]);
  const [busy, setBusy] = useState("");
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const save = useOneAtATime(async (/** @type {string} */ format) => {
    setBusy(format);
    setProblem(null);
    const suffix = format === "camt053" ? "camt053.xml" : format;
    try {
      const options = { params: { account_id: account.id, month: period }, query: { format } };
      await api.download("/v1/accounts/{account_id}/statements/{month}", options, `${account.account_number}-${period}.${suffix}`);
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy("");
    }
  });
  return html`<${Card} title=${t("statements.title")} screenOnly>
    <div class="form">
      ${problem && html`<${ProblemNotice} problem=${problem} />`}
      <div class="field"><label for="statement-month">${t("statements.month")}</label>
        <select id="statement-month" value=${period} onChange=${(/** @type {any} */ event) => setPeriod(event.target.value)}>
          ${months.map((one) => html`<option key=${one} value=${one}>${month(one)}</option>`)}
        </select></div>
      <div class="actions">${["pdf", "csv", "camt053"].map(
        (format) => html`<button key=${format} type="button" disabled=${busy !== ""} aria-busy=${busy === format ? "true" : undefined} onClick=${() => save(format)}>${t(`statements.${format}`)}</button>`,
      )}</div>
      <p class="hint">${t("statements.hint")}</p>
    </div>
  <//>`;
}

/** @param {string} openedAt @returns {string[]} the latest first */
function monthsSince(openedAt) {
  const months = [];
  const now = new Date();
  for (let back = 0; back < MONTHS_SHOWN; back++) {
    const one = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).toISOString().slice(0, 7);
    if (back > 0 && one < openedAt.slice(0, 7)) break;
    months.push(one);
  }
  return months;
}

/** @param {{ account: any, query: Record<string, string> }} props */
function History({ account, query }) {
  const { type = "", from = "", to = "", category = "" } = query;
  const pages = usePages(
    (cursor) => api.get("/v1/accounts/{account_id}/history", { params: { account_id: account.id }, query: { limit: 25, cursor, type, from, to, category } }),
    [account.id, type, from, to, category],
  );
  const version = useRef(account.version);
  useEffect(() => {
    if (version.current !== account.version) pages.reload(); // it was acted on here
    version.current = account.version;
  }, [account.version]);
  const filters = {
    name: "history",
    values: { type, from, to, category },
    errors: {},
    isLocked: false,
    set: (/** @type {string} */ field, /** @type {string} */ value) => setQuery({ type, from, to, category, [field]: value }),
  };
  const types = [{ value: "", label: t("history.all_types") }, ...TYPES.map((one) => ({ value: one, label: t(`history.type.${one}`) }))];
  const known = category && !KNOWN.includes(category) ? [...KNOWN, category] : KNOWN;
  const categories = [{ value: "", label: t("history.all_categories") }, ...known.map((one) => ({ value: one, label: categoryName(one) }))];
  return html`<${Card} title=${t("history.title")} wide>
    <div class="filters">
      <${Field} form=${filters} name="type" label=${t("history.type")} kind="select" options=${types} />
      <${Field} form=${filters} name="from" label=${t("history.from")} kind="date" />
      <${Field} form=${filters} name="to" label=${t("history.to")} kind="date" />
      <${Field} form=${filters} name="category" label=${t("payment.category")} kind="select" options=${categories} />
      ${(type || from || to || category) && html`<button type="button" onClick=${() => setQuery({})}>${t("history.clear")}</button>`}
    </div>
    ${(type || from || to || category) && html`<p class="print-only quiet">${[type && t(`history.type.${type}`), from && `${t("history.from")} ${date(from)}`, to && `${t("history.to")} ${date(to)}`, category && categoryName(category)].filter(Boolean).join(" · ")}</p>`}
    <${Pages} pages=${pages} empty=${type || from || to || category ? t("history.none_fit") : t("account.no_movements")} endless>
      ${(/** @type {any[]} */ rows) => html`<${Movements} entries=${rows} />`}
    <//>
  <//>`;
}
