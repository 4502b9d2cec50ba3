"""Verifies the accounts of the clearing against the other bank's statements: each payment that either side names.

The ledger's side are the entries of gl.clearing, whose chains and digests are verified with their accounts. The other
side are the stored statements (camt.053), whose lines have a hash in the audit.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby

from chalicelib import config
from chalicelib.domain.clearing.reconciliation import Books, Difference, due_day
from chalicelib.domain.days import DAY
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.time import day, moment, start_of
from chalicelib.domain.verification.checks import Broken, require
from chalicelib.models.clearing.nostro_statement import StatementPage
from chalicelib.models.everything import partitions
from chalicelib.services.clearing import booked_payments, nostro_statements
from chalicelib.services.clearing.booked_payments import Booked, OwnSide
from chalicelib.services.clearing.nostro_statements import StatedDay
from chalicelib.services.progress import Progress

OPEN_AT_ONCE = 100
STATED_WITHIN = timedelta(days=1)
"""Statements that come later than this after a payment must have it, if their day is late enough."""


def prove(tell: Progress) -> int:
    """Verify every currency that has statements; return how many payments they state. Raises Broken at the first one
    that the banks have booked differently."""
    stated = 0
    for currency, days in groupby(StatementPage.walk_days(), key=lambda one: one[0]):
        stated += _prove_currency(currency, (one for _, one in days), tell)
    return stated


def _prove_currency(currency: str, days: Iterator[date], tell: Progress) -> int:
    books, stated = Books(), 0
    first: date | None = None
    last: StatedDay | None = None
    ours = _Ours(currency)
    for statement in _statements(currency, days):
        if last:
            where = f"statement of {statement.day} in {currency}: opening balance"
            require(where, last.closing, statement.opening)
        first, last = first or statement.day, statement
        for one in ours.until(statement.day):
            if one.day(ours.zone) >= first:  # what was booked before is in the first opening balance
                books.add_ours(one.name, one.amount, one.day(ours.zone))
        lines = list(statement.lines())
        books.add_theirs(lines, statement.day)
        books.end_day()
        stated += len(lines)
        tell(f"{stated} payments agree with the other bank's statements")
    if first and last:
        for one in ours.until(date.max):
            books.add_ours(one.name, one.amount, one.day(ours.zone))
        books.end_day()
        _require_even(books.differences(), first, last)
    return stated


def _statements(currency: str, days: Iterator[date]) -> Iterator[StatedDay]:
    """Yield the complete statement of each day, after a check of its lines. Raises Broken."""
    for stated_day in days:
        statement = nostro_statements.find_day(currency, stated_day)
        for page in statement.pages if statement else ():
            if not page.has_own_lines:
                where = f"statement of {stated_day} in {currency}: page {page.page}"
                raise Broken(where, f"lines with the digest {page.digest} that lead to {page.closing}", "others")
        if statement:
            yield statement


class _Ours:
    """The bank's own bookings, read once in the order of their days."""

    def __init__(self, currency: str):
        self.zone = config.timezone()
        rails = tuple(f"{general_ledger.clearing(rail, currency)}." for rail in ("instant", "standard"))
        accounts = [one for one in partitions.account_ids() if one.startswith(rails)]
        self._left = booked_payments.of_accounts(accounts)
        self._next = next(self._left, None)

    def until(self, day: date) -> Iterator[Booked]:
        """Yield the next bookings up to a day, with it."""
        while self._next and self._next.day(self.zone) <= day:
            yield self._next
            self._next = next(self._left, None)


def _require_even(differences: list[Difference], first: date, last: StatedDay) -> None:
    """Check that what differs is not due yet, or is waiting for an answer. Raises Broken at the first that is not."""
    for start in range(0, len(differences), OPEN_AT_ONCE):
        some = differences[start : start + OPEN_AT_ONCE]
        own = booked_payments.own_sides([one.name for one in some])
        for one in some:
            if not _is_explained(one, own.get(one.name, OwnSide()), first, last):
                where = f"payment {one.name} in {last.currency} of {one.day}: amount in the other bank's statements"
                raise Broken(where, one.ours, one.theirs)


def _is_explained(one: Difference, own: OwnSide, first: date, last: StatedDay) -> bool:
    """Return whether the banks may differ: the statement is to come, the answer is, or it was booked before the first
    statement."""
    if one.kind == "ours_only":
        return _may_be_stated_later(one.day, last)
    if one.ours:
        return False
    if own.state == "submitted":
        return own.asked == one.theirs
    booked_on = day(own.booked_at, config.timezone()) if own.booked_at else first
    return own.amount == one.theirs and booked_on < first and one.day <= due_day(booked_on)


def _may_be_stated_later(booked_on: date, last: StatedDay) -> bool:
    """Return whether a booking of a day may be in a statement that is still to come."""
    booked_by = start_of(booked_on + DAY, config.timezone())
    return last.day < due_day(booked_on) or moment(last.received_at) < booked_by + STATED_WITHIN
