/** The invitation of a customer to log in, for staff: send one, see what became of the last one, withdraw it. */
import { Fragment, html } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api, asProblem } from "../shell/api.js";
import { dateTime, t } from "../shell/language.js";
import { Badge, Facts, Resource, useResource } from "../shell/parts.js";
import { UserName } from "../users/user_name.js";

/** Show the last invitation of a customer without a user, and what may be done. One call. @param {{ customer: any, reload: () => void }} props */
export function Invitation({ customer, reload }) {
  const params = { customer_id: customer.id };
  const last = useResource(async () => readLast(params), [customer.id, customer.version]);
  const changed = () => {
    last.reload();
    reload();
  };
  return html`<${Resource} of=${last} lines=${1}>${(/** @type {any} */ invitation) => html`<${Fragment}>
    ${invitation && html`<h3>${t("customer.invitation")} <${State} of=${invitation} /></h3><${Facts} rows=${facts(invitation)} />`}
    <div class="actions">
      <${Invite} customer=${customer} done=${changed} />
      ${invitation && isWaiting(invitation) && html`<${ActButton} name=${`withdraw-${customer.id}-${invitation.invited_at}`} label=${t("customer.withdraw")} title=${t("customer.withdraw_title")} text=${t("customer.withdraw_text")} danger done=${changed}
        request=${() => api.delete("/v1/customers/{customer_id}/invitation", { params })} />`}
    </div>
  <//>`}<//>`;
}

/** Read the last invitation, or null if the customer was never invited. @param {{ customer_id: string }} params */
async function readLast(params) {
  try {
    return (await api.get("/v1/customers/{customer_id}/invitation", { params })).body;
  } catch (error) {
    if (asProblem(error).code === "not_found") return null;
    throw error;
  }
}

/** Return whether it was neither used nor withdrawn. @param {any} invitation */
const isWaiting = ({ status }) => status === "requested" || status === "sent";

/** @param {{ of: any }} props */
function State({ of }) {
  return html`<${Badge} kind=${of.void ? "plain" : "good"}>${t(`customer.invitation.${of.void ?? of.status}`)}<//>`;
}

/** @param {any} invitation @returns {[string, any][]} */
function facts({ invited_at, invited_by, valid_until, guesses_left, contact_set_at, contact_set_by, ...of }) {
  return [
    [t("customer.invited_at"), dateTime(invited_at)],
    [t("customer.invited_by"), html`<${UserName} id=${invited_by} />`],
    [t("customer.invitation_until"), !of.void && dateTime(valid_until)],
    [t("customer.guesses_left"), !of.void && String(guesses_left)],
    [t("customer.contact_set_at"), contact_set_at && dateTime(contact_set_at)],
    [t("customer.contact_set_by"), contact_set_by && html`<${UserName} id=${contact_set_by} />`],
  ];
}

/** Send a code by e-mail, with which the customer chooses a password. @param {{ customer: any, done: () => void }} props */
function Invite({ customer, done }) {
  return html`<${ActButton} name=${`invite-${customer.id}-${customer.version}`} label=${t("customer.invite")} text=${t("customer.invite_text")} done=${done} outcome=${invitationWords}
    request=${(/** @type {any} */ _, /** @type {string} */ key) => api.post("/v1/customers/{customer_id}/invitation", { params: { customer_id: customer.id }, key })} />`;
}

/** Return that the mail is on its way, or null for an invitation that waits. @param {import("../shell/api.js").Answer} answer */
const invitationWords = ({ status }) => (status === 201 ? t("customer.invited") : null);
