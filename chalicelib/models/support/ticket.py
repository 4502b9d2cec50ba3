"""Tickets and what is written in them.

A ticket and its messages stand together under `TICKET#<id>`, so that one query, newest first, reads the ticket and the
last of its messages. The lists that change are the ticket's own; those that never do are its first message's. What is
written is sealed under the key of the customer whose ticket it is, whoever wrote it.
"""

from collections.abc import Iterator
from typing import Literal

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.domain.permissions import Caller
from chalicelib.domain.support.ticket import Side, Status
from chalicelib.models import keys
from chalicelib.models.attributes import ChoiceAttribute, IntegerAttribute, PersonalAttribute
from chalicelib.models.item import Action, BankItem
from chalicelib.models.paging import Page, Paging, query_listed, query_page, walk_keys
from chalicelib.models.personal import PersonalItem

Kind = Literal["message", "resolution"]
TICKET = "TICKET"
LISTED = "TICKET#"
"""Begins sort keys in a customer's list of tickets."""
ALL_TICKETS = "TICKETS"
"""The index partition in which every ticket is listed, by its first message."""


def partition(ticket_id: str) -> str:
    """Return the partition of a ticket and its messages."""
    return f"TICKET#{ticket_id}"


def _queue(status: str) -> str:
    return f"TICKETS#{status}"


def _assignee_partition(user_id: str) -> str:
    return f"ASSIGNED#{user_id}"


class Ticket(PersonalItem, discriminator="ticket"):
    """`resolution` is the last one, none after reopening; `message_count` numbers the messages."""

    id = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    account_id = UnicodeAttribute(null=True)
    raised_by = UnicodeAttribute()
    subject = PersonalAttribute(null=True)
    status = ChoiceAttribute[Status](default="open")
    assigned_to = UnicodeAttribute(null=True)
    resolution = PersonalAttribute(null=True)
    resolved_at = UnicodeAttribute(null=True)
    closed_at = UnicodeAttribute(null=True)
    message_count = IntegerAttribute(default=1)

    @property
    def whose(self) -> str:
        return str(self.customer_id)

    @staticmethod
    def key(ticket_id: str) -> tuple[str, str]:
        return partition(ticket_id), TICKET

    @classmethod
    def by_id(cls, ticket_id: str) -> "Ticket | None":
        return cls.find(*cls.key(ticket_id))

    @classmethod
    def page_of_customer(cls, customer_id: str, paging: Paging, *, oldest_first: bool) -> Page["Ticket"]:
        """Return a page of a customer's tickets."""
        return cls._page(keys.customer(customer_id), paging, "gsi2", oldest_first, cls.gsi2sk.startswith(LISTED))

    @classmethod
    def page_assigned_to(cls, user_id: str, paging: Paging, *, oldest_first: bool) -> Page["Ticket"]:
        """Return a page of the tickets that a user has been assigned."""
        return cls._page(_assignee_partition(user_id), paging, "gsi2", oldest_first)

    @classmethod
    def page_of_queue(cls, status: Status | None, paging: Paging, *, oldest_first: bool) -> Page["Ticket"]:
        """Return a page of the tickets with a status, or of all."""
        return cls._page(_queue(status) if status else ALL_TICKETS, paging, "gsi1", oldest_first)

    @classmethod
    def _page(
        cls, partition: str, paging: Paging, index: str, oldest_first: bool, within: Condition | None = None
    ) -> Page["Ticket"]:
        return query_listed(
            cls,
            partition,
            paging,
            index=index,
            between=within,
            oldest_first=oldest_first,
            key=lambda row: (row.pk, TICKET),
        )

    @classmethod
    def partitions_of_customer(cls, customer_id: str) -> Iterator[str]:
        """Yield the partitions of a customer's tickets, the oldest first."""
        for page in walk_keys(keys.customer(customer_id), "gsi2", BankItem.gsi2sk.startswith(LISTED)):
            yield from (pk for pk, _ in page)

    @classmethod
    def new(
        cls, ticket_id: str, customer_id: str, account_id: str | None, subject: str | None, caller: Caller, at: str
    ) -> "Ticket":
        ticket = cls(
            *cls.key(ticket_id),
            id=ticket_id,
            customer_id=customer_id,
            account_id=account_id,
            raised_by=caller.user_id,
            subject=subject,
            gsi1pk=_queue("open"),
            gsi1sk=at,
        )
        return ticket.stamp(caller, at)

    def change(self, changes: dict[str, object], caller: Caller, at: str) -> Action:
        """Set fields by name, if the ticket is still just as it was read; its lists follow."""
        wanted = dict(changes)
        if "status" in changes:
            wanted["gsi1pk"] = _queue(str(changes["status"]))
        if "assigned_to" in changes:
            user_id = changes["assigned_to"]
            wanted["gsi2pk"] = _assignee_partition(str(user_id)) if user_id else None
            wanted["gsi2sk"] = self.created_at if user_id else None
        return self.set_as_read(wanted, caller, at)


class TicketMessage(PersonalItem, discriminator="ticket_message"):
    """A message of a ticket, or its resolution. It never changes. `number` counts from 1."""

    ticket_id = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    number = IntegerAttribute()
    side = ChoiceAttribute[Side]()
    message = PersonalAttribute(null=True)
    kind = ChoiceAttribute[Kind](default="message")

    @property
    def whose(self) -> str:
        return str(self.customer_id)

    @staticmethod
    def key(ticket_id: str, number: int) -> tuple[str, str]:
        return partition(ticket_id), f"MESSAGE#{number:06d}"

    @classmethod
    def by_number(cls, ticket_id: str, number: int) -> "TicketMessage | None":
        return cls.find(*cls.key(ticket_id, number))

    @classmethod
    def first_of(cls, ticket: Ticket, message: str | None, side: Side, caller: Caller, at: str) -> "TicketMessage":
        """Return the first message of a ticket, which also lists the ticket."""
        first = cls.of(ticket, 1, message, side, caller, at)
        first.gsi1pk, first.gsi1sk = ALL_TICKETS, at
        first.gsi2pk, first.gsi2sk = keys.customer(ticket.customer_id), f"{LISTED}{at}"
        return first

    @classmethod
    def of(
        cls, ticket: Ticket, number: int, message: str | None, side: Side, caller: Caller, at: str
    ) -> "TicketMessage":
        key, whose = cls.key(ticket.id, number), ticket.customer_id
        written = cls(*key, ticket_id=ticket.id, customer_id=whose, number=number, side=side, message=message)
        return written.stamp(caller, at)


def read_conversation(
    ticket_id: str, paging: Paging, *, with_ticket: bool
) -> tuple[Ticket | None, Page[TicketMessage]]:
    """Return a page of what was written in a ticket, newest first, in one query.

    `with_ticket`: the first page begins with the ticket itself, None where there is none.
    """
    limit = paging.limit + 1 if with_ticket else paging.limit
    page = query_page(BankItem, partition(ticket_id), limit=limit, cursor=paging.cursor, consistent=True)
    ticket = next((item for item in page.items if isinstance(item, Ticket)), None)
    return ticket, Page([item for item in page.items if isinstance(item, TicketMessage)], page.next_cursor)
