/** What a customer sees first. Two calls: the accounts, then the movements of the chosen one; its forecast when it comes into view. */
import { html, useRef, useState } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { bankDay, date, grouped, t } from "../shell/language.js";
import { Badge, Card, Empty, Heading, Icon, Money, Resource, useResource, useSeen } from "../shell/parts.js";
import * as session from "../shell/session.js";
import { rememberNames } from "../accounts/known_names.js";
import { accountName, STATUS_KIND } from "../accounts/names.js";
import { Movements } from "../accounts/movements.js";
import { BalanceChart } from "./balance_chart.js";
import { Spending } from "./spending.js";
import { OpenAccount } from "../accounts/open_account.js";
import { Coming } from "./coming.js";
import { Notices } from "./notices.js";

const DAYS = 90;
const LATEST = 10;

export default function Dashboard() {
  const accounts = useResource(async () => {
    const { data } = (await api.get("/v1/accounts", { query: { limit: 100 } })).body;
    rememberNames("acc", data);
    return data;
  }, []);
  const [chosenId, setChosenId] = useState("");
  const name = session.profile.value?.first_name;
  return html`
    <${Heading} title=${name ? t("dashboard.welcome", { name }) : t("dashboard.title")} lead=${date(bankDay())}>
      <a class="button primary" href="#/transfer"><${Icon} name="transfer" />${t("dashboard.transfer")}</a>
      <${OpenAccount} opened=${accounts.reload} />
    <//>
    <${Notices} />
    <${Resource} of=${accounts} lines=${5}>${(/** @type {any[]} */ all) => {
      if (all.length === 0) return html`<${Card}><${Empty}>${t("dashboard.no_accounts")}<//><//>`;
      const chosen = all.find((one) => one.id === chosenId) ?? all[0];
      return html`<div class="stack">
        <${Accounts} all=${all} chosen=${chosen} choose=${setChosenId} />
        <${Activity} key=${chosen.id} account=${chosen} />
      </div>`;
    }}<//>
  `;
}

/** @param {{ all: any[], chosen: any, choose: (id: string) => void }} props */
function Accounts({ all, chosen, choose }) {
  return html`<ul class="accounts" aria-label=${t("dashboard.accounts")}>${all.map(
    (one) => html`<li key=${one.id} class=${`card account${one.id === chosen.id ? " chosen" : ""}`}>
      <div class="line"><h2><a href=${`#/accounts/${one.id}`}>${accountName(one)}</a></h2>
        ${one.status !== "active" && html`<${Badge} kind=${STATUS_KIND[/** @type {"frozen"} */ (one.status)]}>${t(`account.status.${one.status}`)}<//>`}</div>
      <p class="quiet figures">${grouped(one.iban)}</p>
      <p class="balance"><${Money} amount=${one.balance} currency=${one.currency} /></p>
      <dl class="pairs">
        <div><dt>${t("account.available")}</dt><dd><${Money} amount=${one.available} currency=${one.currency} /></dd></div>
        <div><dt>${t("account.held")}</dt><dd><${Held} account=${one} /></dd></div>
      </dl>
      ${all.length > 1 && html`<button type="button" aria-pressed=${one.id === chosen.id ? "true" : "false"} onClick=${() => choose(one.id)}>${one.id === chosen.id ? t("dashboard.shown") : t("dashboard.show")}<span class="hidden"> ${accountName(one)}</span></button>`}
    </li>`,
  )}</ul>`;
}

/** What is held, and by which payments. @param {{ account: any }} props */
function Held({ account }) {
  const amount = html`<${Money} amount=${account.held} currency=${account.currency} />`;
  return Number(account.held) > 0 ? html`<a href="#/pending">${amount}<span class="hidden"> ${t("pending.title")}</span></a>` : amount;
}

/** What goes on in one account. @param {{ account: any }} props */
function Activity({ account }) {
  const params = { account_id: account.id };
  const history = useResource(
    async () =>
      (await api.get("/v1/accounts/{account_id}/history", { params, query: { from: bankDay(-DAYS), limit: 100 } })).body,
    [account.id],
  );
  return html`<div class="grid">
    <${Card} title=${t("dashboard.balance_over_time", { days: DAYS })} wide>
      <${Resource} of=${history} lines=${6}>${(/** @type {any} */ body) => html`<${BalanceChart} account=${account} entries=${body.data} isWhole=${!body.has_more} days=${DAYS} />`}<//>
    <//>
    <${Card} title=${t("dashboard.latest", { count: LATEST })} aside=${html`<a href=${`#/accounts/${account.id}`}>${t("dashboard.all_movements")}</a>`}>
      <${Resource} of=${history} lines=${8}>${(/** @type {any} */ body) =>
        body.data.length ? html`<${Movements} entries=${body.data.slice(0, LATEST)} />` : html`<${Empty}>${t("account.no_movements")}<//>`}<//>
    <//>
    <div class="stack">
      <${Card} title=${t("dashboard.spending")}>
        <${Resource} of=${history}>${(/** @type {any} */ body) => html`<${Spending} account_id=${account.id} entries=${body.data} currency=${account.currency} isWhole=${!body.has_more} />`}<//>
      <//>
      ${history.status !== "loading" && html`<${Forecast} params=${params} />`}
    </div>
  </div>`;
}

/** What is coming. It is below the movements, so that it can be read later. @param {{ params: { account_id: string } }} props */
function Forecast({ params }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const isSeen = useSeen(place);
  return html`<div ref=${place}>
    <${Card} title=${t("dashboard.coming")}>${isSeen ? html`<${NextDays} params=${params} />` : html`<div class="loading" aria-hidden="true"><span class="bone"></span><span class="bone"></span></div>`}<//>
  </div>`;
}

/** @param {{ params: { account_id: string } }} props */
function NextDays({ params }) {
  const forecast = useResource(
    async () => (await api.get("/v1/accounts/{account_id}/forecast", { params, query: { days: 30 } })).body,
    [params.account_id],
  );
  return html`<${Resource} of=${forecast}>${(/** @type {any} */ body) => html`<${Coming} forecast=${body} />`}<//>`;
}
