"""Records of who read whose personal data: an item of `bank` for each request, and one of `reports` for each customer.

A request writes one item, however many customers it shows. The stream lists it under each of them.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pynamodb.attributes import UnicodeAttribute

from chalicelib import clock
from chalicelib.domain import ids
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import connection
from chalicelib.models.attributes import CompactJSONAttribute, IntegerAttribute
from chalicelib.models.item import BankItem, Item
from chalicelib.models.paging import Page, Paging, query_page

KEPT = timedelta(days=1096)
"""Three years, the usual time within which claims for damages must be made."""


class PersonalRead(BankItem, discriminator="personal_read"):
    """Whose data a request showed: `operation` is its method and path, `role` that of the reader, `updated_by`."""

    id = UnicodeAttribute()
    role = UnicodeAttribute()
    operation = UnicodeAttribute()
    customer_ids = CompactJSONAttribute()

    @staticmethod
    def partition(reader_id: str) -> str:
        """Return the partition of everything that a member of staff has read."""
        return f"READER#{reader_id}"

    @classmethod
    def new(cls, caller: Caller, operation: str, customer_ids: list[str], now: datetime) -> "PersonalRead":
        read_id, at = ids.new_id("rea", now), timestamp(now)
        item = cls(
            cls.partition(caller.user_id),
            f"READ#{at}#{read_id}",
            id=read_id,
            role=caller.role,
            operation=operation,
            customer_ids=customer_ids,
            expires_at=int((now + KEPT).timestamp()),
        )
        return item.stamp(caller, at)


class CustomerRead(Item):
    """A read of a customer's data, in the list of that customer. It contains no personal data but ids."""

    class Meta:
        table_name = "reports"

    id = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    read_by = UnicodeAttribute()
    role = UnicodeAttribute()
    operation = UnicodeAttribute()
    at = UnicodeAttribute()
    request_id = UnicodeAttribute()
    expires_at = IntegerAttribute()

    @staticmethod
    def partition(customer_id: str) -> str:
        return f"READS#{customer_id}"

    @classmethod
    def all_of(cls, read: PersonalRead) -> Iterator["CustomerRead"]:
        """Yield a record for each customer of a request. They are the same each time."""
        for customer_id in read.customer_ids:
            yield cls(
                cls.partition(customer_id),
                f"{read.created_at}#{read.id}",
                id=read.id,
                customer_id=customer_id,
                read_by=read.updated_by,
                role=read.role,
                operation=read.operation,
                at=read.created_at,
                request_id=read.request_id,
                expires_at=read.expires_at,
            )

    def store(self) -> None:
        """Put the record, or the same one again."""
        connection.client().put_item(**self.get_save_kwargs_from_instance())

    @classmethod
    def page_of_customer(cls, customer_id: str, paging: Paging) -> Page["CustomerRead"]:
        """Return a page of the reads of a customer's data, newest first, in one query."""
        return cls._page(customer_id, paging)

    @classmethod
    def page_until(cls, customer_id: str, until: datetime, paging: Paging) -> Page["CustomerRead"]:
        """Return a page of the reads of a customer's data up to a moment, oldest first, in one query."""
        page = cls._page(customer_id, paging, oldest_first=True)
        known = [one for one in page.items if one.at <= timestamp(until)]
        return Page(known, page.next_cursor if len(known) == len(page.items) else None)

    @classmethod
    def _page(cls, customer_id: str, paging: Paging, *, oldest_first: bool = False) -> Page["CustomerRead"]:
        return query_page(
            cls,
            cls.partition(customer_id),
            limit=paging.limit,
            cursor=paging.cursor,
            matching=cls.expires_at > int(clock.now().timestamp()),
            oldest_first=oldest_first,
        )
