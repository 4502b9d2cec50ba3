"""Changes of a ticket: messages, assignment, resolving, reopening, closing."""

from dataclasses import dataclass
from typing import Any

from chalicelib import aws, clock
from chalicelib.domain import errors, ids
from chalicelib.domain.errors import Conflict, Forbidden, NotFound
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import PERMISSIONS, Caller
from chalicelib.domain.support import ticket as domain
from chalicelib.domain.support.ticket import Status
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.identity.user import User
from chalicelib.models.item import Action
from chalicelib.models.support.ticket import Ticket, TicketMessage
from chalicelib.services import idempotency
from chalicelib.services.crypto import personal_fields
from chalicelib.services.customers import customers
from chalicelib.services.support import tickets
from chalicelib.services.support.tickets import Conversation, side_of

Changes = dict[str, Any]


@dataclass(frozen=True)
class Edits:
    """`assigned_to` counts only where `assigns`: None then takes the ticket from whoever has it."""

    status: Status | None = None
    resolution: str | None = None
    assigns: bool = False
    assigned_to: str | None = None


@transact.until_committed
def edit(caller: Caller, ticket_id: str, edits: Edits, matching: IfMatch) -> Conversation:
    """Edit a ticket.

    Raises Conflict for a step that the diagram does not have, or when `matching` (If-Match) is outdated.
    """
    domain.require_resolution(edits.status, edits.resolution)
    if edits.assigns and not caller.may("tickets.assign"):
        raise Forbidden("Only staff can assign tickets.")
    if edits.assigned_to is not None:
        _require_staff(edits.assigned_to)
    ticket = tickets.get_to_change(caller, ticket_id)
    matching.require(ticket.version)
    if edits.status is None and not edits.assigns:
        return tickets.read(caller, ticket_id)
    at = timestamp(clock.now())
    transact.commit(_edit(caller, ticket, edits, at), caller.request_id)
    with aws.unknown_outcome_on_error():
        return tickets.read(caller, ticket_id)


@transact.until_committed
def write(
    caller: Caller,
    idempotency_key: IdempotencyKey | None,
    ticket_id: str,
    message: str,
    matching: IfMatch = ANY_VERSION,
) -> tuple[TicketMessage, bool]:
    """Add a message, and return whether an earlier request under the same key had added it.

    A customer's message reopens a resolved ticket. Raises Conflict if the ticket is closed, or when `matching`
    (If-Match, with the ticket's ETag) is outdated.
    """
    earlier = idempotency.find_earlier(idempotency_key)
    if earlier:
        return _message(caller, earlier), True
    ticket = tickets.get_to_change(caller, ticket_id)
    matching.require(ticket.version)
    after = domain.after_message(ticket.status, side_of(caller))
    at = timestamp(clock.now())
    number = ticket.message_count + 1
    sealed = tickets.encrypt_message(ticket, number, message)
    written = TicketMessage.of(ticket, number, sealed, side_of(caller), caller, at)
    changes: Changes = {"message_count": number} | (_to(after) if after != ticket.status else {})
    actions = [ticket.change(changes, caller, at), written.put_if_absent()]
    still = customers.unless_erased(ticket.customer_id)
    message_id, replayed = idempotency.commit_once(
        caller, idempotency_key, f"{ticket_id}-{number}", [*actions, still], at
    )
    if not replayed:
        return written, False
    with aws.unknown_outcome_on_error():
        return _message(caller, message_id), True


def _edit(caller: Caller, ticket: Ticket, edits: Edits, at: str) -> list[Action]:
    changes: Changes = {}
    actions = []
    if edits.status is None:
        domain.require_not_closed(ticket.status)
    else:
        domain.require_step(ticket.status, edits.status, side_of(caller))
        changes |= _to(edits.status, at)
    if edits.status == "in_progress" and not ticket.assigned_to:
        changes["assigned_to"] = caller.user_id
    if edits.assigns:
        changes["assigned_to"] = edits.assigned_to
    if edits.resolution is not None:
        number = ticket.message_count + 1
        sealed = tickets.encrypt_message(ticket, number, edits.resolution)
        said = TicketMessage.of(ticket, number, sealed, "staff", caller, at)
        said.kind = "resolution"
        changes |= personal_fields.encrypt(ticket.customer_id, Ticket.key(ticket.id), {"resolution": edits.resolution})
        changes["message_count"] = number
        actions.append(said.put_if_absent())
    return [ticket.change(changes, caller, at), *actions]


def _to(status: Status, at: str | None = None) -> Changes:
    """Return the changes of a step. Reopening removes the resolution; its message stays."""
    changes: Changes = {"status": status}
    if status == "resolved":
        changes["resolved_at"] = at
    elif status == "closed":
        changes["closed_at"] = at
    else:
        changes |= {"resolution": None, "resolved_at": None}
    return changes


def _require_staff(user_id: str) -> None:
    user = User.by_id(user_id) if ids.is_id("usr", user_id) else None
    if user is None or user.role not in PERMISSIONS["tickets.assign"]:
        raise NotFound(f"No member of staff has the id {user_id}.")
    if user.status != "active":
        raise Conflict("This user is disabled. Assign the ticket to another member of staff.")


def _message(caller: Caller, message_id: str) -> TicketMessage:
    ticket_id, _, number = message_id.rpartition("-")
    tickets.get(caller, ticket_id)
    message = TicketMessage.by_number(ticket_id, int(number))
    if message is None:
        raise errors.unknown("ticket", ticket_id)
    return message
