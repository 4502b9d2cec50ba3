"""Accounts with entries at chosen moments, for tests of statements."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

from chalicelib.domain.ledger.balance import Position
from chalicelib.domain.ledger.entry import Entry
from chalicelib.domain.statements.statement import Line, Period, Statement, StatementAccount
from chalicelib.domain.time import timestamp

ZONE = ZoneInfo("Europe/Berlin")
HOLDING = StatementAccount(
    "acc_1", "123456789005", "LV69FLRN0123456789005", "current", "EUR", "cus_1", date(2026, 1, 15)
)
AFTERWARDS = datetime(2028, 1, 1, tzinfo=UTC)


def chain(moved: Iterable[tuple[datetime, str, int]], currency: str = "EUR") -> list[Entry]:
    """Entries of an account, by when, of what type and how much."""
    position, entries = Position("acc_1", currency), []
    for number, (moment, kind, amount) in enumerate(moved, start=1):
        position, entry = position.enter(f"txn_{number}", kind, amount, timestamp(moment))
        entries.append(entry)
    return entries


def statement_of(
    entries: Sequence[Entry], month: str, *, now: datetime = AFTERWARDS, zone: tzinfo = ZONE, currency: str = "EUR"
) -> Statement:
    """As the services read it: the last entry up to the month's end, and those of the month."""
    period = Period.parse(month, HOLDING.opened_on, now, zone)
    until = [entry for entry in entries if entry.created_at <= period.until]
    lines = [Line(entry) for entry in until if entry.created_at >= period.since]
    return Statement(replace(HOLDING, currency=currency), period, until[-1] if until else None, lines)


def october() -> Statement:
    """A month with an entry of every kind."""
    moved = [
        (datetime(2026, 9, 30, 21, 59, tzinfo=UTC), "deposit", 100_00),
        (datetime(2026, 9, 30, 22, 0, tzinfo=UTC), "interest_credit", 1_23),
        (datetime(2026, 10, 2, 12, tzinfo=UTC), "transfer", -30_00),
        (datetime(2026, 10, 3, 12, tzinfo=UTC), "transfer", 5_00),
        (datetime(2026, 10, 4, 12, tzinfo=UTC), "withdrawal", -80_00),
        (datetime(2026, 10, 5, 12, tzinfo=UTC), "reversal", 80_00),
        (datetime(2026, 10, 31, 22, 59, 59, tzinfo=UTC), "deposit", 10_00),
        (datetime(2026, 10, 31, 23, 0, tzinfo=UTC), "withdrawal", -1_00),
    ]
    bare = statement_of(chain(moved), "2026-10")
    told = [
        replace(
            line,
            memo=memo,
            counterparty_id=other and "acc_2",
            counterparty_number=other,
            counterparty_iban=other and f"LV00FLRN0{other}",
        )
        for line, memo, other in zip(
            bare.lines,
            [None, "=SUM(A1:A9)", 'Rent, "Οκτώβριος"', "Наличные", "@home", "x\ufffe<&>"],
            [None, "123456789999", "123456789999", None, None, None],
            strict=True,
        )
    ]
    return replace(bare, lines=told)
