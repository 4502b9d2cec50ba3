/** What a branch's cash did on one of the bank's days, by currency, and its accounts. One call for each day. */
import { html } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { bankDay, date, number, t } from "../shell/language.js";
import { Card, Empty, Facts, Money, Resource, Table, useResource } from "../shell/parts.js";
import { setQuery } from "../shell/router.js";

const FLOWS = ["deposits", "withdrawals", "vault_in", "vault_out", "funding_in", "funding_out", "reversals_in", "reversals_out"];
const GOES_OUT = ["withdrawals", "vault_out", "funding_out", "reversals_out"];

/** @param {{ branch_id: string, day: string | undefined, version: Date }} props `version`: the day is read again when it changes */
export function CashDay({ branch_id, day = bankDay(), version }) {
  const report = useResource(
    async () => (await api.get("/v1/branches/{branch_id}/report", { params: { branch_id }, query: { date: day } })).body,
    [branch_id, day, version],
  );
  const isToday = day >= bankDay();
  const choose = (/** @type {string} */ one) => one && setQuery({ date: one === bankDay() ? "" : one });
  return html`<${Card} title=${t("cashday.title", { date: date(day) })} wide>
    <div class="filters">
      <div class="field"><label for="cash-day">${t("orders.date")}</label>
        <input id="cash-day" type="date" value=${day} max=${bankDay()} onChange=${(/** @type {any} */ event) => choose(event.target.value)} /></div>
      <button type="button" onClick=${() => choose(neighbour(day, -1))}>${t("cashday.before")}</button>
      <button type="button" disabled=${isToday} onClick=${() => choose(neighbour(day, 1))}>${t("cashday.after")}</button>
    </div>
    <${Resource} of=${report} lines=${8}>${(/** @type {any} */ { lines }) =>
      lines.length === 0 ? html`<${Empty}>${t("cashday.none")}<//>` : lines.map((/** @type {any} */ line) => html`<${Currency} key=${line.currency} line=${line} isToday=${isToday} />`)}<//>
  <//>`;
}

/** @param {string} day @param {number} days */
function neighbour(day, days) {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
}

/** @param {{ line: any, isToday: boolean }} props */
function Currency({ line, isToday }) {
  const { currency, accounts } = line;
  const flows = FLOWS.map((name) => ({ name, label: t(`cashday.${name}`), direction: GOES_OUT.includes(name) ? "out" : "in", ...line[name] })).filter((flow) => flow.count > 0);
  const rows = [
    { name: "opening", label: t("cashday.opening"), amount: line.opening_position },
    ...flows,
    { name: "closing", label: t(isToday ? "cashday.so_far" : "cashday.closing"), amount: line.closing_position, isSum: true },
  ];
  return html`<section class="part" aria-label=${currency}>
    <h3>${currency}</h3>
    <${Table} caption=${t("cashday.of", { currency })} rows=${rows} keyOf=${(/** @type {any} */ row) => row.name} even
      columns=${[
        { label: t("cashday.what"), cell: (row) => (row.isSum ? html`<strong>${row.label}</strong>` : row.label) },
        { label: t("cashday.count"), numeric: true, cell: (row) => (row.count === undefined ? "" : number(row.count)) },
        { label: t("orders.amount"), numeric: true, cell: (row) => html`<${Money} amount=${row.amount} currency=${currency} direction=${row.direction} strong=${row.isSum} />` },
      ]} />
    <${Facts} rows=${[
      [t("cashday.accounts_open"), number(accounts.open)],
      ...["opened", "closed", "moved_in", "moved_out"].filter((one) => accounts[one] > 0).map((one) => /** @type {[string, any]} */ ([t(`cashday.accounts_${one}`), number(accounts[one])])),
    ]} />
  </section>`;
}
