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
    """A ticket with its version as ETag, to send back as If-Match. A message moves it too."""
    view = ConversationView.of_all(conversation, caller)
    return Answer(view, version=conversation.ticket.version, replayed=replayed)


@describe("Raise a ticket", status=201, body=RaiseTicket, answer=ConversationView, problems=("not_found",))
def raise_ticket(request: Request[RaiseTicket, None]) -> Answer:
    """Staff raise one for a customer, whom they name, or an account of theirs."""
    raised = tickets.Raised(**request.body.model_dump())
    conversation, replayed = tickets.raise_ticket(request.caller, request.idempotency_key, raised)
    return answer(conversation, request.caller, replayed=replayed)


@describe("List tickets", query=TicketsQuery, answer=Listing[TicketView], problems=("invalid_cursor", "not_found"))
def list_tickets(request: Request[None, TicketsQuery]) -> Listing[TicketView]:
    """One's own; staff and auditors see everybody's. `?status=open&order=oldest` is a queue by age. With two filters a
    page may be short, even empty, while `has_more`."""
    query, caller = request.query, request.caller
    asked = tickets.TicketFilter(query.status, query.assigned_to, query.customer_id, query.order == "oldest")
    page = tickets.page(caller, asked, Paging(query.limit, query.cursor))
    texts = zip(page.items, personal_fields.reveal(page.items), strict=True)
    return Listing[TicketView].page([TicketView.of(*one, caller) for one in texts], page.next_cursor)


@describe("Get a ticket", answer=ConversationView, problems=("not_found",))
def get_ticket(request: Request[None, None], ticket_id: str) -> Answer:
    """With the last of what was written in it, newest first."""
    return answer(tickets.read(request.caller, ticket_id), request.caller)


@describe("Edit a ticket", body=EditTicket, answer=ConversationView, problems=("not_found", "conflict", "contention"))
def edit_ticket(request: Request[EditTicket, None], ticket_id: str) -> Answer:
    """Take it up, assign it, resolve it with a resolution, reopen or close it. A step that the diagram has not is a
    conflict. Customers reopen and close. Honours If-Match with the ETag of the ticket as read."""
    body = request.body
    given = body.model_fields_set
    edits = ticket_workflow.Edits(
        status=body.status if "status" in given else None,
        resolution=body.resolution,
        assigns="assigned_to" in given,
        assigned_to=body.assigned_to,
    )
    return answer(ticket_workflow.edit(request.caller, ticket_id, edits, request.if_match), request.caller)


@describe("Write in a ticket", status=201, body=WriteMessage, answer=MessageView, problems=("not_found", "conflict"))
def write_message(request: Request[WriteMessage, None], ticket_id: str) -> Answer:
    """A customer's message reopens what was resolved; a closed ticket takes none."""
    written, replayed = ticket_workflow.write(request.caller, request.idempotency_key, ticket_id, request.body.message)
    return Answer(MessageView.of(written, personal_fields.decrypt(written), request.caller), replayed=replayed)


@describe(
    "What was written in a ticket",
    query=PageQuery,
    answer=Listing[MessageView],
    problems=("not_found", "invalid_cursor"),
)
def list_messages(request: Request[None, PageQuery], ticket_id: str) -> Listing[MessageView]:
    """Newest first; the ticket's own `messages.next_cursor` goes on here."""
    paging = Paging(request.query.limit, request.query.cursor)
    return messages_of(tickets.read(request.caller, ticket_id, paging), request.caller)
