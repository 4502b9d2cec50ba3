"""Interest on the balances at the end of the bank's days, exact until it is credited.

With the balance B at the end of day d, the annual rate r that holds on d, and the part τ of a year that the product's
day-count convention gives to d (`domain/interest/day_count.py`):

    gross       = Σ max(B(d), 0) × r(d) × τ(d)      minor units, exact; summed over runs of days with one B and one r
    credit      = gross + carried in, half to even  minor units, the one rounding
    carried out = gross + carried in − credit       at most half a minor unit either way (`carried_fraction.py`)

so over any number of periods Σ credits + carried out = Σ gross + what was first carried in: nothing is lost and nothing
is paid twice, wherever the periods are cut.

**Days** are those of the bank's time zone: an entry counts from the day on which it was made, in whatever offset held
then, and a day of 23 or 25 hours is a day. The opening day earns on its closing balance; the day on which an account
closes does not (`unpaid`). An overdrawn balance earns nothing and costs nothing.

**Compounding**: an `interest_credit` is an entry as any other, which earns from its own day on. A month's interest that
is credited on the first of the next thus compounds monthly. What is carried does not earn.

Daily balance method, negative balances as zero: Regulation DD, 12 CFR 1030.7(a) and the comment on appendix A, part II.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, tzinfo
from fractions import Fraction
from typing import Protocol

from chalicelib.domain import money, time
from chalicelib.domain.days import DAY, Days
from chalicelib.domain.interest import carried_fraction, day_count
from chalicelib.domain.interest.carried_fraction import PARTS
from chalicelib.domain.interest.day_count import DayCount
from chalicelib.domain.interest.rate import RateSchedule

DECIMALS_SHOWN = 6
"""How many more decimals than the currency has are shown of interest that is not credited yet."""


class Line(Protocol):
    """The fields of an entry that interest needs: signed minor units, and a timestamp in UTC."""

    @property
    def amount(self) -> int: ...
    @property
    def balance_after(self) -> int: ...
    @property
    def created_at(self) -> str: ...


@dataclass(frozen=True)
class Terms:
    """The terms of all accounts of one product: rates over time, day-count convention, the bank's time zone."""

    rates: RateSchedule
    zone: tzinfo
    day_count: DayCount = day_count.DEFAULT


@dataclass(frozen=True)
class Run:
    """Days with one balance (minor units) and one rate, and what they earned, in 1/PARTS of a minor unit."""

    days: Days
    balance: int
    annual_rate_millionths: int
    parts: int


@dataclass(frozen=True)
class RateSegment:
    """Days on which one rate held, and what they earned, in 1/PARTS of a minor unit."""

    days: Days
    annual_rate_millionths: int
    parts: int

    @property
    def interest(self) -> Fraction:
        """Return the interest of the segment in minor units, exact."""
        return Fraction(self.parts, PARTS)


@dataclass(frozen=True)
class Accrual:
    """The interest that an account earned over some days, and the credit for them."""

    days: Days
    day_count: DayCount
    segments: tuple[RateSegment, ...]
    carried_in: Fraction

    @property
    def gross(self) -> Fraction:
        """Return the interest earned over these days in minor units, exact."""
        return Fraction(sum(segment.parts for segment in self.segments), PARTS)

    @property
    def credit(self) -> int:
        """Return the interest to pay in minor units, never negative. Python rounds a Fraction half to even."""
        return round(self.gross + self.carried_in)

    @property
    def carried_out(self) -> Fraction:
        """Return the fraction carried to the next period: at most half a minor unit, owed (positive) or paid ahead."""
        return self.gross + self.carried_in - self.credit


def unpaid(paid_through: date | None, opened_on: date, through: date, *, is_closed: bool) -> Days:
    """Return the days up to `through`, inclusive, whose interest an account has not received.

    They begin with its opening day, or after the last paid day.
    """
    first = opened_on if paid_through is None else paid_through + DAY
    return Days(first, first) if is_closed else Days.inclusive(first, through)


def accrue(
    terms: Terms,
    days: Days,
    *,
    balance: int,
    entries: Iterable[Line],
    carried_in: Fraction = carried_fraction.NOTHING,
) -> Accrual:
    """Return the interest of some days on which an account was open.

    `balance` (minor units) is the balance before the first of `entries`. `entries` are in order of time and are read
    once, up to the first one after the period: memory grows with the changes of the rate only. `carried_in` is the
    fraction that the last credit left. Raises ValueError if the entries do not follow from the balance, or no credit
    can leave that fraction.
    """
    carried_fraction.check(carried_in)
    segments: list[RateSegment] = []
    for run in runs(terms, days, balance, entries):
        last = segments[-1] if segments else None
        if last and last.annual_rate_millionths == run.annual_rate_millionths:
            segments[-1] = replace(last, days=Days(last.days.start, run.days.end), parts=last.parts + run.parts)
        else:
            segments.append(RateSegment(run.days, run.annual_rate_millionths, run.parts))
    return Accrual(days, terms.day_count, tuple(segments), carried_in)


def runs(terms: Terms, days: Days, balance: int, entries: Iterable[Line]) -> Iterator[Run]:
    """Yield the segments of the calculation: one per change of balance or rate, however long it lasts."""
    for stretch, held in _balances(days, balance, entries, terms.zone):
        for piece, rate in terms.rates.during(stretch):
            parts = max(held, 0) * rate * day_count.year_parts(terms.day_count, piece)
            yield Run(piece, held, rate, parts)


def _balances(days: Days, balance: int, entries: Iterable[Line], zone: tzinfo) -> Iterator[tuple[Days, int]]:
    """Yield the balances at the end of the day, rebuilt from the entries.

    The day never runs backwards: where clocks are put back over midnight, or a clock ran behind when the account was
    opened, an entry counts on the day that had begun.
    """
    money.check_minor(balance)
    start = days.start
    for entry in entries:
        day = time.day(entry.created_at, zone)
        if day >= days.end:
            break
        if day > start:
            yield Days(start, day), balance
            start = day
        if entry.balance_after != balance + entry.amount:
            raise ValueError(f"the entry of {entry.created_at} does not follow from a balance of {balance}")
        balance = entry.balance_after
    yield Days(start, days.end), balance


def text(interest: Fraction, currency: str) -> str:
    """Format uncredited interest (minor units) for people, with six more decimals than the currency, half to even."""
    decimals = money.DECIMALS[currency] + DECIMALS_SHOWN
    shown = round(interest * 10**DECIMALS_SHOWN)
    digits = str(abs(shown)).rjust(decimals + 1, "0")
    return f"{'-' if shown < 0 else ''}{digits[:-decimals]}.{digits[-decimals:]}"
