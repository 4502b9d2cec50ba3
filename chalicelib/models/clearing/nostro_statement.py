"""Statements of the clearing about the bank's account with it, a day each, page by page as they came."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Self

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.domain.clearing.reconciliation import StatedLine
from chalicelib.domain.ledger.hash_chain import compact, digest
from chalicelib.domain.permissions import Caller
from chalicelib.models.attributes import CompactJSONAttribute, IntegerAttribute
from chalicelib.models.batch import get_all
from chalicelib.models.item import BankItem
from chalicelib.models.paging import query_page, walk_keys, walk_pages

ALL_STATEMENTS = "NOSTRO_STATEMENTS"
ALL_RECEIVED = "NOSTRO_RECEIVED"
PAGES_AT_ONCE = 50
_PLACE = "STATEMENT#"


class StatementPage(BankItem, discriminator="nostro_statement"):
    """A page. Balances are in minor units, negative if the bank owes; `stated_at` is the moment of the statement.

    `lines` are pairs of a payment's UETR, or the name of an entry without payments, and the amount. They never change:
    `digest` is their hash, which the audit has, too. It is listed by its day, and by when it came.
    """

    id = UnicodeAttribute()
    message_id = UnicodeAttribute()
    currency = UnicodeAttribute()
    day = UnicodeAttribute()
    stated_at = UnicodeAttribute()
    page = IntegerAttribute()
    is_last = BooleanAttribute()
    opening = IntegerAttribute()
    closing = IntegerAttribute()
    lines = CompactJSONAttribute()
    digest = UnicodeAttribute()

    @classmethod
    def new(cls, currency: str, day: str, stated_at: str, lines: Sequence[StatedLine], **fields: Any) -> Self:
        stored = [[line.name, line.amount] for line in lines]
        place = f"{stated_at}#{fields['id']}#{fields['page']:05d}"
        return cls(
            partition_of(currency, day),
            f"{_PLACE}{place}",
            currency=currency,
            day=day,
            stated_at=stated_at,
            lines=stored,
            digest=digest(stored),
            gsi1pk=ALL_STATEMENTS,
            gsi1sk=f"{currency}#{day}#{place}",
            **fields,
        )

    def receive(self, caller: Caller, now: datetime) -> Self:
        """Store the page as it came now, or return the one that has its place."""
        self.stamp(caller, now)
        self.gsi2pk, self.gsi2sk = ALL_RECEIVED, self.created_at
        return self.put()

    @property
    def text(self) -> str:
        """Return the text under which a signed digest seals the page."""
        figures = [self.message_id, self.is_last, self.opening, self.closing, self.digest]
        return compact([self.created_at, self.pk, self.sk, *figures])

    @property
    def has_own_lines(self) -> bool:
        """Return whether the lines are those that were stored, and lead from the opening to the closing balance."""
        is_even = self.opening + sum(amount for _, amount in self.lines) == self.closing
        return is_even and digest([list(line) for line in self.lines]) == self.digest

    def to_lines(self) -> list[StatedLine]:
        return [StatedLine(name, amount) for name, amount in self.lines]

    @classmethod
    def of_day(cls, currency: str, day: date) -> list[Self]:
        """Return all pages of a day, by statement: the earliest first, each in the order of its pages."""
        partition = partition_of(currency, day.isoformat())
        pages = walk_pages(cls, partition, within=cls.sk.startswith(_PLACE))
        return [cls.from_raw_data(item) for page in pages for item in page]

    @classmethod
    def newest_of_day(cls, currency: str, day: date) -> Self | None:
        """Return the last page of the newest statement of a day, as far as its pages have come."""
        page = query_page(cls, partition_of(currency, day.isoformat()), limit=1, consistent=True)
        return page.items[0] if page.items else None

    @classmethod
    def walk_received(cls, after: str, until: str) -> Iterator[Self]:
        """Yield the pages that came after a moment and until another (UTC), by an index."""
        for page in walk_keys(ALL_RECEIVED, "gsi2", cls.gsi2sk.between(after, until), at_once=PAGES_AT_ONCE):
            yield from (one for one in get_all(cls, page) if one.created_at > after)

    @classmethod
    def walk_days(cls) -> Iterator[tuple[str, date]]:
        """Yield the currencies and days that have statements, by currency and day."""
        before = None
        for page in walk_keys(ALL_STATEMENTS, "gsi1", at_once=PAGES_AT_ONCE):
            for pk in dict.fromkeys(pk for pk, _ in page):
                if pk != before:
                    before = pk
                    _, currency, day = pk.split("#")
                    yield currency, date.fromisoformat(day)


def partition_of(currency: str, day: str) -> str:
    """Return the partition of a day's statements."""
    return f"NOSTRO#{currency}#{day}"
