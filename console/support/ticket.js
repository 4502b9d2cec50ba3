/** One conversation, and what comes next in it. Two calls when it has many messages. */
import { html } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { Field, FormErrors, OutcomeUnknown, Submit, useForm } from "../shell/forms.js";
import { dateTime, t } from "../shell/language.js";
import { Badge, Card, Heading, Pages, Resource, usePages, useResource } from "../shell/parts.js";
import * as session from "../shell/session.js";
import { STAFF, takerOf, TicketActs } from "./ticket_acts.js";
import { STATUS_KIND } from "./words.js";

/** @param {{ params: { ticket_id: string } }} props */
export default function Ticket({ params }) {
  const ticket = useResource(async () => (await api.get("/v1/tickets/{ticket_id}", { params })).body, [params.ticket_id]);
  const messages = usePages((cursor) => api.get("/v1/tickets/{ticket_id}/messages", { params, query: { cursor } }), [params.ticket_id]);
  const reload = () => {
    ticket.reload();
    messages.reload();
  };
  return html`
    <${Heading} title=${"value" in ticket ? (ticket.value.subject ?? t("customers.erased")) : t("tickets.one")}>
      ${"value" in ticket && html`<${Badge} kind=${STATUS_KIND[ticket.value.status]}>${t(`tickets.status.${ticket.value.status}`)}<//>`}
    <//>
    <${Card}>
      <${Pages} pages=${messages} empty=${t("tickets.no_messages")}>${(/** @type {any[]} */ rows) => html`<ol class="messages">${rows.map(
        (row) => html`<li key=${row.id} class=${row.author}>
          <p class="quiet">${row.author === "customer" && session.hasRole(["customer"]) ? t("holders.you") : t(`tickets.author.${row.author}`)} · ${dateTime(row.created_at)}${row.kind === "resolution" ? ` · ${t("tickets.resolution")}` : ""}</p>
          <p class="text">${row.message ?? t("customers.erased")}</p>
        </li>`,
      )}</ol>`}<//>
    <//>
    <${Resource} of=${ticket} lines=${2}>${(/** @type {any} */ value) => html`
      ${!session.hasRole(["customer"]) && html`<${About} ticket=${value} reload=${reload} />`}
      ${value.status !== "closed" && session.hasRole(["customer", ...STAFF]) && html`<${Reply} ticket=${value} reload=${reload} />`}
    `}<//>
  `;
}

/** Whose it is, and what comes next. @param {{ ticket: any, reload: () => void }} props */
function About({ ticket, reload }) {
  return html`<${Card}>
    <p>${t("tickets.taker")}: ${takerOf(ticket.assigned_to)} · <a href=${`#/customers/${ticket.customer_id}`}>${t("customer.title")}</a>${ticket.account_id && html` · <a href=${`#/accounts/${ticket.account_id}`}>${t("account.title")}</a>`}</p>
    ${ticket.status !== "closed" && session.hasRole(STAFF) && html`<${TicketActs} ticket=${ticket} reload=${reload} />`}
  <//>`;
}

/** @param {{ ticket: any, reload: () => void }} props */
function Reply({ ticket, reload }) {
  const params = { ticket_id: ticket.id };
  const form = useForm(`reply-${ticket.id}`, { message: "" });
  const send = async () => {
    const answer = await form.send((values, key) => api.post("/v1/tickets/{ticket_id}/messages", { params, key, body: values }));
    if (!answer) return;
    form.reset();
    reload();
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    send();
  };
  return html`<${Card} narrow><form onSubmit=${submit}>
    <${OutcomeUnknown} form=${form} again=${send} />
    <${FormErrors} form=${form} labels=${{ message: t("tickets.message") }} />
    <${Field} form=${form} name="message" label=${t("tickets.message")} kind="textarea" maxlength="4000" required />
    <div class="actions">
      <${Submit} form=${form}>${t("tickets.reply")}<//>
      ${session.hasRole(["customer"]) && html`<${TicketActs} ticket=${ticket} reload=${reload} />`}
    </div>
  </form><//>`;
}
