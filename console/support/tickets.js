/** A customer's conversations with the bank; for staff, the queue. One call. */
import { html, useState } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { t } from "../shell/language.js";
import { Badge, Card, Heading, Moment, Pages, Table, usePages } from "../shell/parts.js";
import * as session from "../shell/session.js";
import { STAFF, takerOf } from "./ticket_acts.js";
import { STATUS_KIND } from "./words.js";

const STATUSES = ["open", "in_progress", "resolved", "closed"];

/** @param {{ query: Record<string, string> }} props */
export default function Tickets({ query }) {
  const { customer } = query;
  const isCustomer = session.hasRole(["customer"]);
  const [status, setStatus] = useState(isCustomer || customer ? "" : "open");
  const [isMine, setMine] = useState(false);
  const assigned_to = isMine ? session.user.value?.id : undefined;
  const pages = usePages((cursor) => api.get("/v1/tickets", { query: { status, assigned_to, customer_id: customer, cursor } }), [status, isMine, customer]);
  return html`
    <${Heading} title=${t("tickets.title")} lead=${t(isCustomer ? "tickets.lead" : customer ? "tickets.lead_one" : "tickets.lead_staff")}>
      ${customer && html`<a class="button" href=${`#/customers/${customer}`}>${t("customer.title")}</a>`}
      ${isCustomer && html`<a class="button primary" href="#/tickets/new">${t("tickets.new")}</a>`}
    <//>
    <${Card}>
      <div class="field"><label for="ticket-status">${t("approvals.show")}</label>
        <select id="ticket-status" value=${status} onChange=${(/** @type {any} */ event) => setStatus(event.target.value)}>
          <option value="" selected=${status === ""}>${t("tickets.all")}</option>
          ${STATUSES.map((one) => html`<option key=${one} value=${one} selected=${one === status}>${t(`tickets.status.${one}`)}</option>`)}
        </select>
      </div>
      ${session.hasRole(STAFF) && html`<div class="field check"><input id="ticket-mine" type="checkbox" checked=${isMine} onChange=${(/** @type {any} */ event) => setMine(event.target.checked)} /><label for="ticket-mine">${t("tickets.mine")}</label></div>`}
      <${Pages} pages=${pages} empty=${t("tickets.none")}>${(/** @type {any[]} */ rows) => html`<${Table}
        caption=${t("tickets.title")}
        rows=${rows}
        columns=${[
          { label: t("tickets.subject"), cell: (row) => html`<a href=${`#/tickets/${row.id}`}>${row.subject ?? t("customers.erased")}</a>` },
          { label: t("orders.status"), cell: (row) => html`<${Badge} kind=${STATUS_KIND[row.status]}>${t(`tickets.status.${row.status}`)}<//>` },
          ...(isCustomer ? [] : [{ label: t("tickets.taker"), cell: (/** @type {any} */ row) => takerOf(row.assigned_to) }]),
          { label: t("tickets.begun"), cell: (row) => html`<${Moment} at=${row.created_at} />` },
          { label: t("tickets.changed"), cell: (row) => html`<${Moment} at=${row.updated_at} />` },
        ]} />`}<//>
    <//>
  `;
}
