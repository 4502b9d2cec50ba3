"""The interest that an account will be credited, if nothing comes but what is planned."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from chalicelib.domain.days import DAY, Days
from chalicelib.domain.interest.accrual import Terms, accrue
from chalicelib.domain.month import Month
from chalicelib.domain.time import start_of, timestamp


@dataclass(frozen=True)
class UnpaidInterest:
    """An account's days from `since` on, which have not been paid.

    `balance` is that before the first day, `changes` are the sums by which it moves on each day, past and planned, in
    minor units; `carried` is the fraction that the last credit left.
    """

    since: date
    balance: int
    changes: Mapping[date, int]
    carried: Fraction


@dataclass(frozen=True)
class _Line:
    amount: int
    balance_after: int
    created_at: str


def project_credits(terms: Terms, unpaid: UnpaidInterest, today: date, until: date) -> list[tuple[date, int]]:
    """Return the days of the credits up to a day, with their amounts in minor units.

    A month is credited on the first day after it, or today if that day is over. Each credit earns from its day on.
    """
    changes, credited = Counter(unpaid.changes), list[tuple[date, int]]()
    start, balance, carried = unpaid.since, unpaid.balance, unpaid.carried
    month = Month.of(start)
    while month.after.first <= until:
        days = Days(start, month.after.first)
        earned = accrue(terms, days, balance=balance, entries=_lines(terms, days, balance, changes), carried_in=carried)
        if earned.credit:
            credited_on = max(days.end, today)
            credited.append((credited_on, earned.credit))
            changes[credited_on] += earned.credit
        balance += sum(amount for day, amount in changes.items() if days.start <= day < days.end)
        start, carried, month = days.end, earned.carried_out, month.after
    return credited


def _lines(terms: Terms, days: Days, balance: int, changes: Mapping[date, int]) -> Iterator[_Line]:
    day = days.start
    while day < days.end:
        if day in changes:
            balance += changes[day]
            yield _Line(changes[day], balance, timestamp(start_of(day, terms.zone)))
        day += DAY
