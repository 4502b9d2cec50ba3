"""Tickets: raised by customers or for them, listed as theirs or as queues of the bank, read with what was written."""

from dataclasses import dataclass

from chalicelib import aws, clock
from chalicelib.domain import conflict_of_interest, errors, ids
from chalicelib.domain.errors import Forbidden, NotFound, ValidationFailed
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.support.ticket import Side, Status
from chalicelib.domain.time import timestamp
from chalicelib.models.customers.customer import Customer
from chalicelib.models.paging import Page, Paging
from chalicelib.models.support.ticket import Ticket, TicketMessage, read_conversation
from chalicelib.services import idempotency
from chalicelib.services.accounts import accounts
from chalicelib.services.crypto import personal_fields
from chalicelib.services.customers import customers

FIRST_MESSAGES = Paging(20, None)
"""Those that come with a ticket: the last ones."""


@dataclass(frozen=True)
class Conversation:
    """A ticket and a page of what was written in it, newest first."""

    ticket: Ticket
    messages: Page[TicketMessage]


@dataclass(frozen=True)
class Raised:
    """A request to raise a ticket; staff name the customer, or one of the customer's accounts."""

    subject: str
    message: str
    account_id: str | None = None
    customer_id: str | None = None


@dataclass(frozen=True)
class TicketFilter:
    """Which tickets are wanted, all of these. `oldest_first` is the order of a queue."""

    status: Status | None = None
    assigned_to: str | None = None
    customer_id: str | None = None
    oldest_first: bool = False


def side_of(caller: Caller) -> Side:
    return "staff" if caller.is_staff else "customer"


def raise_ticket(caller: Caller, idempotency_key: IdempotencyKey | None, raised: Raised) -> tuple[Conversation, bool]:
    """Raise a ticket, and return whether an earlier request under the same key had raised it."""
    customer_id = _customer_id(caller, raised)
    now = clock.now()
    at = timestamp(now)
    ticket_id = ids.new_id("tkt", now)
    subject = personal_fields.encrypt(customer_id, Ticket.key(ticket_id), {"subject": raised.subject})["subject"]
    ticket = Ticket.new(ticket_id, customer_id, raised.account_id, subject, caller, at)
    first = TicketMessage.first_of(ticket, encrypt_message(ticket, 1, raised.message), side_of(caller), caller, at)
    actions = [ticket.put_if_absent(), first.put_if_absent()]
    still = customers.unless_erased(customer_id)
    ticket_id, replayed = idempotency.commit_once(caller, idempotency_key, ticket.id, [*actions, still], at)
    if not replayed:
        return Conversation(ticket, Page([first])), False
    with aws.unknown_outcome_on_error():
        return read(caller, ticket_id), True


def get(caller: Caller, ticket_id: str) -> Ticket:
    """Read a ticket. Raises NotFound, also for another customer's."""
    ticket = Ticket.by_id(ticket_id) if ids.is_id("tkt", ticket_id) else None
    if ticket is None or not caller.sees(ticket.customer_id):
        raise errors.unknown("ticket", ticket_id)
    return ticket


def get_to_change(caller: Caller, ticket_id: str) -> Ticket:
    """Read a ticket that the caller may change. Raises NotFound, and ConflictOfInterest for staff whose own it is."""
    ticket = get(caller, ticket_id)
    conflict_of_interest.require_other_customer(caller, ticket.customer_id)
    return ticket


def read(caller: Caller, ticket_id: str, paging: Paging = FIRST_MESSAGES) -> Conversation:
    """Read a ticket and a page of its messages: one query for the first page, one more read for others.

    Raises NotFound, InvalidCursor.
    """
    ticket = get(caller, ticket_id) if paging.cursor is not None or not ids.is_id("tkt", ticket_id) else None
    found, messages = read_conversation(ticket_id, paging, with_ticket=ticket is None)
    found = ticket or found
    if found is None or not caller.sees(found.customer_id):
        raise errors.unknown("ticket", ticket_id)
    return Conversation(found, messages)


def page(caller: Caller, asked: TicketFilter, paging: Paging) -> Page[Ticket]:
    """List tickets with one query of the most selective list, and filter its page by the other criteria."""
    asked = _narrow_to_caller(caller, asked)
    found = _page(asked, paging)
    return Page([ticket for ticket in found.items if _is_wanted(ticket, asked)], found.next_cursor)


def encrypt_message(ticket: Ticket, number: int, message: str) -> str | None:
    key = TicketMessage.key(ticket.id, number)
    return personal_fields.encrypt(ticket.customer_id, key, {"message": message})["message"]


def _customer_id(caller: Caller, raised: Raised) -> str:
    """Return the customer of a new ticket.

    Raises NotFound for an account or customer that does not exist, or is not the caller's, and ConflictOfInterest for
    staff who are this customer.
    """
    access = accounts.get(caller, raised.account_id).access() if raised.account_id else None
    customer_id = raised.customer_id or caller.customer_id or (access.owner_id if access else None)
    if customer_id is None:
        raise ValidationFailed.of("customer_id", "is required, or an account_id: whose ticket is it?")
    if not caller.sees(customer_id) or not ids.is_id("cus", customer_id):
        raise errors.unknown("customer", customer_id)
    conflict_of_interest.require_other_customer(caller, customer_id)
    if access and not access.level_of(customer_id):
        raise NotFound(f"This customer has no account {raised.account_id}.")
    if caller.is_staff and access is None and Customer.by_id(customer_id) is None:
        raise errors.unknown("customer", customer_id)
    return customer_id


def _narrow_to_caller(caller: Caller, asked: TicketFilter) -> TicketFilter:
    if caller.sees_everything:
        return asked
    if asked.assigned_to is not None:
        raise Forbidden("Only staff can filter by assigned_to.")
    if caller.customer_id is None or asked.customer_id not in (None, caller.customer_id):
        raise errors.unknown("customer", asked.customer_id)
    return TicketFilter(asked.status, None, caller.customer_id, asked.oldest_first)


def _page(asked: TicketFilter, paging: Paging) -> Page[Ticket]:
    """Return a page of the shortest list that has what is asked for."""
    if asked.customer_id is not None:
        return Ticket.page_of_customer(asked.customer_id, paging, oldest_first=asked.oldest_first)
    if asked.assigned_to is not None:
        return Ticket.page_assigned_to(asked.assigned_to, paging, oldest_first=asked.oldest_first)
    return Ticket.page_of_queue(asked.status, paging, oldest_first=asked.oldest_first)


def _is_wanted(ticket: Ticket, asked: TicketFilter) -> bool:
    """Return whether the ticket itself matches the filter, because an index may be a moment behind."""
    return asked.status in (None, ticket.status) and asked.assigned_to in (None, ticket.assigned_to)
