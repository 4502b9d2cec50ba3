/** Interest that an account has earned since the last credit, day by day of a rate; managers may credit it now. One call. */
import { html } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { date, number, t } from "../shell/language.js";
import { Card, Facts, Heading, Money, Resource, Table, useResource } from "../shell/parts.js";
import * as session from "../shell/session.js";

const APPLYING = ["manager", "admin"];

/** @param {{ params: { account_id: string } }} props */
export default function Interest({ params }) {
  const interest = useResource(async () => (await api.get("/v1/accounts/{account_id}/interest", { params })).body, [params.account_id]);
  return html`
    <${Heading} title=${t("interest.title")} lead=${t("interest.lead")}><a class="button" href=${`#/accounts/${params.account_id}`}>${t("account.title")}</a><//>
    <${Resource} of=${interest} lines=${6}>${(/** @type {any} */ value) => html`<${Earned} interest=${value} reload=${interest.reload} />`}<//>
  `;
}

/** @param {{ interest: any, reload: () => void }} props */
function Earned({ interest, reload }) {
  const { currency } = interest;
  return html`<${Card} title=${t("interest.pending")}>
    <p class="balance"><${Money} amount=${interest.pending} currency=${currency} /></p>
    <${Facts} rows=${[
      [t("interest.from"), interest.from && `${date(interest.from)} – ${date(interest.to)}`],
      [t("interest.days"), number(interest.days)],
      [t("interest.day_count"), interest.day_count],
      [t("interest.paid_through"), interest.paid_through && date(interest.paid_through)],
    ]} />
    ${interest.rate_segments.length > 0 && html`<${Table}
      caption=${t("interest.segments")} rows=${interest.rate_segments} keyOf=${(/** @type {any} */ row) => row.from}
      columns=${[
        { label: t("interest.from"), cell: (row) => `${date(row.from)} – ${date(row.to)}` },
        { label: t("interest.days"), numeric: true, cell: (row) => number(row.days) },
        { label: t("interest.rate"), numeric: true, cell: (row) => number(row.annual_rate, { style: "percent", maximumFractionDigits: 4 }) },
        { label: t("interest.earned"), numeric: true, cell: (row) => html`<${Money} amount=${row.interest} currency=${currency} />` },
      ]} />`}
    ${session.hasRole(APPLYING) && interest.days > 0 && html`<div class="actions"><${ActButton} name=${`interest-${interest.account_id}-${interest.to}`} label=${t("interest.apply")} text=${t("interest.apply_text")} done=${reload}
      request=${(/** @type {any} */ _values, /** @type {string} */ key) => api.post("/v1/accounts/{account_id}/apply_interest", { params: { account_id: interest.account_id }, key })} /></div>`}
  <//>`;
}
