/** The trial balance: every book's debit and credit, and whether they are equal. One call. */
import { html } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { dateTime, t } from "../shell/language.js";
import { Card, Heading, Money, Notice, Resource, Table, useResource } from "../shell/parts.js";

export default function TrialBalance() {
  const report = useResource(async () => (await api.get("/v1/reports/trial-balance")).body, []);
  return html`
    <${Heading} title=${t("trial.title")} lead=${t("trial.lead")} />
    <${Resource} of=${report} lines=${8}>${(/** @type {any} */ value) => html`
      ${value.totals.map(
        (/** @type {any} */ one) => html`<${Notice} key=${one.currency} kind=${one.debit === one.credit ? "good" : "bad"} title=${t(one.debit === one.credit ? "trial.equal" : "trial.unequal", { currency: one.currency })} />`,
      )}
      <${Card} title=${t("trial.books")} aside=${dateTime(value.as_of)}><${Table}
        caption=${t("trial.books")}
        rows=${value.accounts}
        keyOf=${(/** @type {any} */ row) => row.account + row.currency}
        columns=${[
          { label: t("trial.account"), cell: (row) => row.account },
          { label: t("trial.currency"), cell: (row) => row.currency },
          { label: t("trial.debit"), numeric: true, cell: (row) => html`<${Money} amount=${row.debit} currency=${row.currency} />` },
          { label: t("trial.credit"), numeric: true, cell: (row) => html`<${Money} amount=${row.credit} currency=${row.currency} />` },
        ]} /><//>
    `}<//>
  `;
}
