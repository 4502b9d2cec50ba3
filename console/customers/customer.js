/** A customer with all accounts, and what standing orders, and what staff may do with them. Three calls, and one for the invitation of a customer without a user. */
import { html } from "../vendor/preact.js";
import { accountName, STATUS_KIND } from "../accounts/names.js";
import { api } from "../shell/api.js";
import { date, dateTime, grouped, t } from "../shell/language.js";
import { Badge, Card, Facts, Heading, Money, Notice, Pages, Resource, usePages, useResource } from "../shell/parts.js";
import * as session from "../shell/session.js";
import { Standing } from "../orders/standing.js";
import { OpenAccount } from "../accounts/open_account.js";
import { AccountActs } from "./account_acts.js";
import { CustomerActs } from "./customer_acts.js";
import { customerName, KYC_KIND } from "./names.js";

const ACTING = ["teller", "manager", "admin"];
const AUDITING = ["auditor", "admin"];

/** @param {{ params: { customer_id: string } }} props */
export default function Customer({ params }) {
  const customer = useResource(async () => (await api.get("/v1/customers/{customer_id}", { params })).body, [params.customer_id]);
  const accounts = usePages((cursor) => api.get("/v1/accounts", { query: { customer_id: params.customer_id, cursor } }), [params.customer_id]);
  const name = "value" in customer ? customerName(customer.value) : t("customer.title");
  return html`
    <${Heading} title=${name}><a class="button" href="#/customers">${t("customers.search")}</a><//>
    <${Resource} of=${customer} lines=${6}>${(/** @type {any} */ value) => html`<${Person} customer=${value} reload=${customer.reload} />`}<//>
    <${Card} title=${t("dashboard.accounts")} aside=${session.hasRole(ACTING) && customer.value?.status === "active" && html`<${OpenAccount} customer_id=${params.customer_id} opened=${accounts.reload} />`}>
      <${Pages} pages=${accounts} empty=${t("customer.no_accounts")}>${(/** @type {any[]} */ rows) => html`<ul class="rows">${rows.map(
        (row) => html`<${Account} key=${row.id} account=${row} reload=${accounts.reload} />`,
      )}</ul>`}<//>
    <//>
    <${Card} title=${t("orders.standing")}><${Standing} customer_id=${params.customer_id} /><//>
  `;
}

/** @param {{ customer: any, reload: () => void }} props */
function Person({ customer, reload }) {
  const { kyc } = customer;
  return html`<${Card} title=${t("customer.person")} aside=${html`<${Badge} kind=${KYC_KIND[kyc.status]}>${t(`kyc.${kyc.status}`)}<//>`}>
    ${customer.pending_approvals?.length > 0 && html`<${Notice} kind="wait"><p>${t("act.waiting", { count: customer.pending_approvals.length })} <a href="#/approvals">${t("approvals.title")}</a></p><//>`}
    ${customer.status === "erasing" && html`<${Notice} kind="wait"><p>${t("customer.erasing")}</p><//>`}
    ${customer.legal_hold && html`<${Notice} kind="wait" title=${t("customer.legal_hold")}><p>${customer.legal_hold.reason}</p><//>`}
    <${Facts} rows=${[
      [t("login.email"), customer.email],
      [t("customers.phone"), customer.phone],
      [t("signup.date_of_birth"), customer.date_of_birth && date(customer.date_of_birth)],
      [t("customers.since"), date(customer.created_at)],
      [t("customer.kyc_until"), kyc.expires_on && date(kyc.expires_on)],
      [t("customer.kyc_reviewed"), kyc.reviewed_at && dateTime(kyc.reviewed_at)],
    ]} />
    <p><a href=${`#/tickets?customer=${customer.id}`}>${t("tickets.title")}</a> · <a href=${`#/alerts?customer=${customer.id}`}>${t("alerts.title")}</a></p>
    ${session.hasRole(AUDITING) && html`<p><a href=${`#/audit?entity=${customer.id}`}>${t("customer.changes")}</a> · <a href=${`#/customers/${customer.id}/reads`}>${t("reads.title")}</a></p>`}
    ${session.hasRole(ACTING) && html`<${CustomerActs} customer=${customer} reload=${reload} />`}
  <//>`;
}

/** @param {{ account: any, reload: () => void }} props */
function Account({ account, reload }) {
  return html`<li class="account-row">
    <div class="row tall">
      <div>
        <a class="row-title" href=${`#/accounts/${account.id}`}>${accountName(account)}</a>
        <span class="quiet figures">${grouped(account.iban)}</span>
      </div>
      <div class="numeric">
        <${Money} amount=${account.balance} currency=${account.currency} strong />
        <div class="quiet">${t("account.available")} <${Money} amount=${account.available} currency=${account.currency} /></div>
      </div>
    </div>
    <div class="actions">
      <${Badge} kind=${STATUS_KIND[/** @type {"active"} */ (account.status)]}>${t(`account.status.${account.status}`)}<//>
      ${session.hasRole(ACTING) && account.status !== "closed" && html`<${AccountActs} account=${account} done=${reload} />`}
    </div>
  </li>`;
}
