"""Tickets."""

from chalicelib.domain.permissions import Caller
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.handlers.support.ticket_schemas import (
    ConversationView,
    EditTicket,
    MessageView,
    RaiseTicket,
    TicketsQuery,
    TicketView,
    WriteMessage,
    messages_of,
)
from chalicelib.models.paging import Paging
from chalicelib.services.crypto import personal_fields
from chalicelib.services.support import ticket_workflow, tickets
from chalicelib.services.support.tickets import Conversation


def answer(conversation: Conversation, caller: Caller, *, replayed: bool = False) -> Answer:
    """Respond with a ticket and its version as ETag, to send back as If-Match. A message changes the version, too."""
    view = ConversationView.of_all(conversation, caller)
    return Answer(view, version=conversation.ticket.version, replayed=replayed)


@describe(
    "Raise a ticket",
    status=201,
    body=RaiseTicket,
    answer=ConversationView,
    problems=("conflict_of_interest", "not_found", "conflict"),
    limit="tickets",
)
def raise_ticket(request: Request[RaiseTicket, None]) -> Answer:
    """Staff raise a ticket for a customer: they send `customer_id`, or the `account_id` of one of its accounts."""
    raised = tickets.Raised(**request.body.model_dump())
    conversation, replayed = tickets.raise_ticket(request.caller, request.idempotency_key, raised)
    return answer(conversation, request.caller, replayed=replayed)


@describe("List tickets", query=TicketsQuery, answer=Listing[TicketView], problems=("invalid_cursor", "not_found"))
def list_tickets(request: Request[None, TicketsQuery]) -> Listing[TicketView]:
    """Lists your tickets; staff and auditors see all. `?status=open&order=oldest` is a queue by age. With two
    filters, a page may be short or empty while `has_more` is true.
    """
    query, caller = request.query, request.caller
    asked = tickets.TicketFilter(query.status, query.assigned_to, query.customer_id, query.order == "oldest")
    page = tickets.page(caller, asked, Paging(query.limit, query.cursor))
    texts = zip(page.items, personal_fields.reveal(page.items), strict=True)
    return Listing[TicketView].page([TicketView.of(*one, caller) for one in texts], page.next_cursor)


@describe("Get a ticket", answer=ConversationView, problems=("not_found",), versioned="the ticket")
def get_ticket(request: Request[None, None], ticket_id: str) -> Answer:
    """Returns the ticket with its last messages, newest first."""
    return answer(tickets.read(request.caller, ticket_id), request.caller)


@describe(
    "Edit a ticket",
    body=EditTicket,
    answer=ConversationView,
    problems=("conflict_of_interest", "not_found", "conflict", "contention"),
    versioned="the ticket",
)
def edit_ticket(request: Request[EditTicket, None], ticket_id: str) -> Answer:
    """Assigns, resolves (with a resolution), reopens or closes a ticket. A status change that the workflow does not
    allow returns `conflict`. Customers can reopen and close.
    """
    body = request.body
    given = body.model_fields_set
    edits = ticket_workflow.Edits(
        status=body.status if "status" in given else None,
        resolution=body.resolution,
        assigns="assigned_to" in given,
        assigned_to=body.assigned_to,
    )
    return answer(ticket_workflow.edit(request.caller, ticket_id, edits, request.if_match), request.caller)


@describe(
    "Add a message to a ticket",
    status=201,
    body=WriteMessage,
    answer=MessageView,
    problems=("conflict_of_interest", "not_found", "conflict"),
    versioned="the ticket",
    limit="tickets",
)
def write_message(request: Request[WriteMessage, None], ticket_id: str) -> Answer:
    """A customer's message reopens a resolved ticket. A closed ticket accepts no messages."""
    message = request.body.message
    written, replayed = ticket_workflow.write(
        request.caller, request.idempotency_key, ticket_id, message, request.if_match
    )
    return Answer(MessageView.of(written, personal_fields.decrypt(written), request.caller), replayed=replayed)


@describe(
    "List a ticket's messages",
    query=PageQuery,
    answer=Listing[MessageView],
    problems=("not_found", "invalid_cursor"),
)
def list_messages(request: Request[None, PageQuery], ticket_id: str) -> Listing[MessageView]:
    """Lists messages, newest first. The `messages.next_cursor` of a ticket continues here."""
    paging = Paging(request.query.limit, request.query.cursor)
    return messages_of(tickets.read(request.caller, ticket_id, paging), request.caller)
