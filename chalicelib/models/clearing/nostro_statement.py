"""Statements of the clearing about the bank's account with it, a day each, page by page as they came."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Self

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.domain.clearing.reconciliation import StatedLine
from chalicelib.domain.ledger.hash_chain import digest
from chalicelib.models.attributes import CompactJSONAttribute, IntegerAttribute
from chalicelib.models.item import BankItem
from chalicelib.models.paging import walk_keys, walk_pages

ALL_STATEMENTS = "NOSTRO_STATEMENTS"
PAGES_AT_ONCE = 50
_PLACE = "STATEMENT#"


class StatementPage(BankItem, discriminator="nostro_statement"):
    """A page. Balances are in minor units, negative if the bank owes; `stated_at` is the moment of the statement.

    `lines` are pairs of a payment's UETR, or the name of an entry without payments, and the amount. They never change:
    `digest` is their hash, which the audit has, too.
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
