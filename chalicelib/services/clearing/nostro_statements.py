"""Statements of the clearing (camt.053): stored page by page, and read a day at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise

from chalicelib import clock
from chalicelib.domain.clearing import camt053
from chalicelib.domain.clearing.camt053 import NostroStatement
from chalicelib.domain.clearing.node import Invalid
from chalicelib.domain.clearing.reconciliation import ENTRY, StatedLine
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.clearing.nostro_statement import StatementPage


@dataclass(frozen=True)
class StatedDay:
    """The last complete statement of a day. Balances are in minor units, negative if the bank owes."""

    currency: str
    day: date
    pages: tuple[StatementPage, ...]

    @property
    def id(self) -> str:
        return str(self.pages[0].id)

    @property
    def opening(self) -> int:
        return int(self.pages[0].opening)

    @property
    def closing(self) -> int:
        return int(self.pages[-1].closing)

    @property
    def received_at(self) -> str:
        return str(self.pages[-1].created_at)

    def lines(self) -> Iterator[StatedLine]:
        for page in self.pages:
            yield from page.to_lines()


def store(caller: Caller, raw: bytes) -> list[StatementPage]:
    """Store each page of a camt.053, and return them. Raises Invalid for another page in the place of one that is
    stored."""
    message = camt053.parse(raw)
    stated_at = timestamp(message.created_at)
    pages = []
    for number, statement in enumerate(message.statements):
        page = StatementPage.new(
            statement.currency,
            statement.day.isoformat(),
            stated_at,
            _lines_of(statement, f"{message.message_id} {number}"),
            id=statement.id,
            message_id=message.message_id,
            page=statement.page,
            is_last=statement.is_last,
            opening=statement.opening,
            closing=statement.closing,
        )
        stored = page.receive(caller, clock.now())
        if (stored.digest, stored.opening, stored.is_last) != (page.digest, page.opening, page.is_last):
            raise Invalid("DUPL", "/Document/BkToCstmrStmt/Stmt", "is another page than the one that has its number")
        pages.append(stored)
    return pages


def find_day(currency: str, day: date) -> StatedDay | None:
    """Return the last statement of a day of which all pages are there, or None."""
    stored = sorted(StatementPage.of_day(currency, day), key=lambda one: (one.stated_at, one.id, one.page))
    by_statement = groupby(stored, key=lambda page: (page.stated_at, page.id))  # keys sort ids with `#` elsewhere
    complete = [pages for _, group in by_statement if _is_complete(pages := list(group))]
    return StatedDay(currency, day, tuple(complete[-1])) if complete else None


def _is_complete(pages: list[StatementPage]) -> bool:
    """Return whether pages follow each other, from the first to the last."""
    numbers = [page.page for page in pages]
    joined = all(one.closing == after.opening for one, after in pairwise(pages))
    return numbers == list(range(1, len(pages) + 1)) and pages[-1].is_last and joined


def _lines_of(statement: NostroStatement, name: str) -> list[StatedLine]:
    """Return the booked payments by their UETRs. An entry that names none has a name of its own, with its day: a
    clearing may count its references anew."""
    lines = []
    for number, entry in enumerate(one for one in statement.entries if one.is_booked):
        other = f"{ENTRY}{statement.day} {entry.reference or f'{name} {number}'}"
        lines += [StatedLine(one.uetr or other, one.amount) for one in entry.payments]
        if not entry.payments:
            lines.append(StatedLine(other, entry.amount))
    return lines
