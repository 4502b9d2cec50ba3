"""Schemas of requests and responses about tickets."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints

from chalicelib.domain.permissions import Caller
from chalicelib.domain.support.ticket import Side, Status
from chalicelib.handlers.http.schemas import Id, Line, Listing, PageQuery, Schema, Text, Timestamp, View
from chalicelib.models.support.ticket import Kind, Ticket, TicketMessage
from chalicelib.services.crypto import personal_fields
from chalicelib.services.crypto.personal_fields import Fields
from chalicelib.services.support.tickets import Conversation

IdAsked = Annotated[str, StringConstraints(max_length=64)]


class RaiseTicket(Schema):
    erasable_fields: ClassVar[frozenset[str]] = frozenset({"subject", "message"})

    subject: Line
    message: Text
    account_id: Id | None = Field(default=None, description="The account that the ticket is about")
    customer_id: Id | None = Field(default=None, description="For staff: the customer, unless `account_id` is given")


class EditTicket(Schema):
    """Edits of a ticket. Omitted fields stay as they are; null removes the assignee."""

    status: Status = Field(
        default_factory=lambda: "open",
        description="The new status; docs/support.md shows the allowed changes",
        examples=["resolved"],
    )
    resolution: Text | None = Field(
        default=None, description="How the ticket was resolved; required with status `resolved`"
    )
    assigned_to: Id | None = Field(default=None, description="For staff: the user_id of a member of staff")


class WriteMessage(Schema):
    erasable_fields: ClassVar[frozenset[str]] = frozenset({"message"})

    message: Text


class TicketsQuery(PageQuery):
    status: Status | None = None
    assigned_to: IdAsked | None = Field(default=None, description="For staff: assigned to this user")
    customer_id: IdAsked | None = Field(default=None, description="For staff: tickets of this customer")
    order: Literal["newest", "oldest"] = Field(default="newest", description="oldest: the oldest first, as a queue")


class MessageView(View):
    id: str = Field(examples=["tkt_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z-2"])
    ticket_id: str
    number: int = Field(description="1 for the message that raised the ticket")
    author: Side
    author_id: str | None = Field(description="null for customers if staff wrote the message")
    kind: Kind
    message: str | None = Field(description="null of a customer who was erased")
    created_at: Timestamp

    @classmethod
    def of(cls, message: TicketMessage, text: Fields, caller: Caller) -> "MessageView":
        tells_author = caller.sees_everything or message.side == "customer"
        return cls.model_construct(
            id=f"{message.ticket_id}-{message.number}",
            ticket_id=message.ticket_id,
            number=message.number,
            author=message.side,
            author_id=message.updated_by if tells_author else None,
            kind=message.kind,
            message=text["message"],
            created_at=message.created_at,
        )


class TicketView(View):
    id: str = Field(examples=["tkt_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    subject: str | None = Field(description="null of a customer who was erased")
    status: Status
    customer_id: str
    account_id: str | None
    assigned_to: str | None = Field(description="A member of staff; null for customers")
    resolution: str | None = Field(description="null until the ticket is resolved, and after it is reopened")
    created_at: Timestamp
    updated_at: Timestamp
    resolved_at: Timestamp | None
    closed_at: Timestamp | None
    version: int

    @classmethod
    def of(cls, ticket: Ticket, text: Fields, caller: Caller) -> "TicketView":
        return cls.model_construct(**_view_fields(ticket, text, caller))


class ConversationView(TicketView):
    messages: Listing[MessageView] = Field(description="The last messages; …/messages?cursor= has the earlier ones")

    @classmethod
    def of_all(cls, conversation: Conversation, caller: Caller) -> "ConversationView":
        ticket = conversation.ticket
        told = _view_fields(ticket, personal_fields.decrypt(ticket), caller)
        return cls.model_construct(**told, messages=messages_of(conversation, caller))


def messages_of(conversation: Conversation, caller: Caller) -> Listing[MessageView]:
    page = conversation.messages
    texts = zip(page.items, personal_fields.reveal(page.items), strict=True)
    return Listing[MessageView].page([MessageView.of(*one, caller) for one in texts], page.next_cursor)


def _view_fields(ticket: Ticket, text: Fields, caller: Caller) -> dict[str, Any]:
    names = "id status customer_id account_id created_at updated_at resolved_at closed_at version"
    told: dict[str, Any] = {name: getattr(ticket, name) for name in names.split()}
    told |= {"subject": text["subject"], "resolution": text["resolution"]}
    return told | {"assigned_to": ticket.assigned_to if caller.sees_everything else None}
