/** What comes next for a ticket: who takes it up, putting it back, resolving, reopening, closing. */
import { html } from "../vendor/preact.js";
import { customerName } from "../customers/names.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { t } from "../shell/language.js";
import { ConfirmButton, useResource } from "../shell/parts.js";
import * as session from "../shell/session.js";

export const STAFF = ["teller", "manager", "admin"];

/** Say who of the bank has taken a ticket up. @param {string | null} user */
export const takerOf = (user) => t(user === null ? "tickets.nobody" : user === session.user.value?.id ? "holders.you" : "tickets.colleague");

/** @param {{ ticket: any, reload: () => void }} props */
export function TicketActs({ ticket, reload }) {
  const change = (/** @type {any} */ body) => async () => {
    await api.patch("/v1/tickets/{ticket_id}", { params: { ticket_id: ticket.id }, ifMatch: ticket.version, body });
    reload();
  };
  const mine = session.user.value?.id;
  const isOpen = ticket.status === "open" || ticket.status === "in_progress";
  const isStaff = session.hasRole(STAFF);
  const mayClose = ticket.status === "resolved" || (isOpen && !isStaff);
  const confirm = (/** @type {string} */ what, /** @type {any} */ body) =>
    html`<${ConfirmButton} kind="" question=${t(`tickets.${what}_question`)} confirm=${t(`tickets.${what}`)} onConfirm=${change(body)}>${t(`tickets.${what}`)}<//>`;
  return html`<div class="actions">
    ${isStaff && isOpen && ticket.assigned_to !== mine && confirm("take", { assigned_to: mine, ...(ticket.status === "open" ? { status: "in_progress" } : {}) })}
    ${isStaff && ticket.status === "in_progress" && confirm("put_back", { status: "open", assigned_to: null })}
    ${session.hasRole(["admin"]) && isOpen && html`<${Assign} ticket=${ticket} reload=${reload} />`}
    ${isStaff && isOpen && html`<${Resolve} ticket=${ticket} reload=${reload} />`}
    ${ticket.status === "resolved" && confirm("reopen", { status: "open" })}
    ${mayClose && confirm("close", { status: "closed" })}
  </div>`;
}

/** Give a ticket to anybody of staff, whom only admins can list. @param {{ ticket: any, reload: () => void }} props */
function Assign({ ticket, reload }) {
  const users = useResource(async () => (await api.get("/v1/users", { query: { limit: 100 } })).body.data, []);
  const staff = (users.value ?? []).filter((/** @type {any} */ one) => one.status === "active" && STAFF.includes(one.role));
  const options = staff.map((/** @type {any} */ one) => ({ value: one.user_id, label: `${customerName(one)} (${t(`role.${one.role}`)})` }));
  return html`<${ActButton} name=${`assign-${ticket.id}-${ticket.version}`} label=${t("tickets.assign")} done=${reload}
    fields=${[{ name: "assigned_to", label: t("tickets.taker"), kind: "select", options: [{ value: "", label: t("tickets.nobody") }, ...options], initial: ticket.assigned_to ?? "" }]}
    request=${(/** @type {any} */ { assigned_to }) => api.patch("/v1/tickets/{ticket_id}", { params: { ticket_id: ticket.id }, ifMatch: ticket.version, body: { assigned_to: assigned_to || null } })} />`;
}

/** @param {{ ticket: any, reload: () => void }} props */
function Resolve({ ticket, reload }) {
  return html`<${ActButton} name=${`resolve-${ticket.id}`} label=${t("tickets.resolve")} done=${reload}
    fields=${[{ name: "resolution", label: t("tickets.resolution"), kind: "textarea", required: true }]}
    request=${({ resolution }) => api.patch("/v1/tickets/{ticket_id}", { params: { ticket_id: ticket.id }, ifMatch: ticket.version, body: { status: "resolved", resolution } })} />`;
}
