/** The trial balance: every book's debit and credit, and whether they are equal. Two calls. */
import { html } from "../vendor/preact.js";
import { api, saveFile } from "../shell/api.js";
import { bankDay, date, t } from "../shell/language.js";
import { Card, Empty, Heading, Money, Notice, Resource, useResource } from "../shell/parts.js";
import { setQuery } from "../shell/router.js";
import { bookName } from "./books.js";

/** @param {{ query: Record<string, string> }} props */
export default function TrialBalance({ query }) {
  const day = query.as_of || bankDay();
  const report = useResource(async () => (await api.get("/v1/reports/trial-balance", { query: { as_of: day } })).body, [day]);
  const branches = useResource(async () => (await api.get("/v1/branches", { query: { limit: 100 } })).body.data, []);
  const choose = (/** @type {string} */ one) => one && setQuery({ as_of: one === bankDay() ? "" : one });
  return html`
    <${Heading} title=${t("trial.title")} lead=${t("trial.lead")} />
    <div class="stack">
      <${Card}><div class="filters">
        <div class="field"><label for="trial-day">${t("trial.as_of")}</label>
          <input id="trial-day" type="date" value=${day} max=${bankDay()} onChange=${(/** @type {any} */ event) => choose(event.target.value)} /></div>
        ${"value" in report && report.value.accounts.length > 0 && html`<button type="button" onClick=${() => save(report.value)}>${t("reports.download")}</button>`}
      </div><//>
      <${Resource} of=${report} lines=${8}>${(/** @type {any} */ value) =>
        value.totals.length === 0
          ? html`<${Card}><${Empty}>${t("trial.none")}<//><//>`
          : value.totals.map((/** @type {any} */ total) => html`<${Books} key=${total.currency} total=${total} report=${value} branches=${branches.value ?? []} />`)}<//>
    </div>
  `;
}

/** The books of one currency, with their sum. @param {{ total: any, report: any, branches: any[] }} props */
function Books({ total, report, branches }) {
  const { currency } = total;
  const books = report.accounts.filter((/** @type {any} */ one) => one.currency === currency);
  const isEqual = total.debit === total.credit;
  return html`<${Card} title=${t("trial.books_in", { currency })} aside=${date(report.as_of)}>
    <${Notice} kind=${isEqual ? "good" : "bad"} title=${t(isEqual ? "trial.equal" : "trial.unequal", { currency })} />
    <div class="table books"><table>
      <caption class="hidden">${t("trial.books_in", { currency })}</caption>
      <thead><tr><th scope="col">${t("trial.account")}</th><th scope="col" class="numeric">${t("trial.debit")}</th><th scope="col" class="numeric">${t("trial.credit")}</th></tr></thead>
      <tbody>${books.map((/** @type {any} */ one) => html`<tr key=${one.account}>
        <td data-label=${t("trial.account")} title=${one.account}>${bookName(one.account, branches)}</td><${Sides} of=${one} currency=${currency} />
      </tr>`)}</tbody>
      <tfoot><tr><th scope="row">${t("trial.sum")}</th><${Sides} of=${total} currency=${currency} /></tr></tfoot>
    </table></div>
  <//>`;
}

/** @param {{ of: any, currency: string }} props */
const Sides = ({ of, currency }) => ["debit", "credit"].map((side) => html`<td key=${side} class="numeric" data-label=${t(`trial.${side}`)}>${Number(of[side]) ? html`<${Money} amount=${of[side]} currency=${currency} />` : "–"}</td>`);

/** Save it for a spreadsheet, with the books' own names. @param {any} report */
function save(report) {
  const lines = report.accounts.map((/** @type {any} */ one) => [one.account, one.currency, one.debit, one.credit].join(","));
  const text = `${["account,currency,debit,credit", ...lines].join("\r\n")}\r\n`;
  saveFile(new Blob([text], { type: "text/csv" }), `trial-balance-${report.as_of}.csv`);
}
