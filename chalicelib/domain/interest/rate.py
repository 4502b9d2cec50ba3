"""Annual interest rates and their history: an integer of millionths inside, a decimal string in HTTP.

3 % a year is `"0.0300"` to a client and 30,000 millionths here: rates, as money, are never floats.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chalicelib.domain.days import Days
from chalicelib.domain.product import ProductType

RATE_PARTS = 10**6
"""What a rate of 1 (100 % a year) is in millionths. Six decimals: a hundredth of a basis point."""

MAX_MILLIONTHS = 250_000
"""25 % a year. No retail rate is higher, and a percentage taken for a rate (`3` for 3 %) is; nor is one negative."""

STANDARD_MILLIONTHS: dict[ProductType, int] = {"savings": 30_000, "current": 0}
"""What each type of account earns until a rate is set for it."""

_RATE = re.compile(r"(0|[1-9][0-9]{0,5})(?:\.([0-9]{1,6}))?", re.ASCII)


def parse(text: str) -> int:
    """Parse a decimal string such as `"0.0300"` (3 % a year) into millionths.

    Raises ValueError, in words meant for the client, on anything else: a sign, an exponent, more than six decimals, a
    rate above the bound.
    """
    found = _RATE.fullmatch(text)
    if not found:
        raise ValueError('must be an annual rate with at most 6 decimals, such as "0.0300" for 3 %')
    millionths = int(found[1]) * RATE_PARTS + int((found[2] or "").ljust(6, "0"))
    if millionths > MAX_MILLIONTHS:
        raise ValueError(
            f"is {_percent(millionths)} % a year, above the {_percent(MAX_MILLIONTHS)} % that a rate may be;"
            f" {_advice(millionths)}"
        )
    return millionths


def text(millionths: int) -> str:
    """Return the decimal string of a rate, with four to six decimals: `text(30_000) == "0.0300"`."""
    check(millionths)
    whole, fraction = divmod(millionths, RATE_PARTS)
    digits = f"{fraction:06d}"
    return f"{whole}.{digits[:4]}{digits[4:].rstrip('0')}"


def check(millionths: object) -> None:
    """Raise TypeError unless the rate is exactly an int, ValueError unless it is within the bounds."""
    if type(millionths) is not int:
        raise TypeError(f"a rate is an int of millionths, not {type(millionths).__name__}")
    if not 0 <= millionths <= MAX_MILLIONTHS:
        raise ValueError(f"a rate is between 0 and {MAX_MILLIONTHS} millionths, not {millionths}")


def check_effective_from(effective_from: date, today: date) -> None:
    """Raise ValueError, with a message for the client, for a day that is over: its interest may have been paid."""
    if effective_from < today:
        raise ValueError(f"must be {today} or later: interest for earlier days may have been paid")


@dataclass(frozen=True)
class RateChange:
    """A change of rate: from `effective_from` on an account type earns this rate. `set_at` is a timestamp in UTC."""

    annual_rate_millionths: int
    effective_from: date
    set_at: str

    def __post_init__(self) -> None:
        check(self.annual_rate_millionths)


@dataclass(frozen=True)
class RateSchedule:
    """The rate of one account type on any day: `standard_millionths`, then `rates[i]` from `starts[i]` on."""

    standard_millionths: int
    starts: tuple[date, ...] = ()
    rates: tuple[int, ...] = ()

    @classmethod
    def of(cls, standard_millionths: int, changes: Iterable[RateChange] = ()) -> "RateSchedule":
        """Build the schedule from a history in any order. Of two changes for one day, the one set later applies.

        A change has no bearing on any day before its own. Changes that change nothing are left out.
        """
        check(standard_millionths)
        by_day = {
            change.effective_from: change.annual_rate_millionths
            for change in sorted(changes, key=lambda change: (change.effective_from, change.set_at))
        }
        starts: list[date] = []
        rates = [standard_millionths]
        for day, rate in by_day.items():
            if rate != rates[-1]:
                starts.append(day)
                rates.append(rate)
        return cls(standard_millionths, tuple(starts), tuple(rates[1:]))

    def on(self, day: date) -> int:
        """Return the rate that a balance at the end of that day earns, in millionths."""
        index = bisect_right(self.starts, day)
        return self.rates[index - 1] if index else self.standard_millionths

    def during(self, days: Days) -> Iterator[tuple[Days, int]]:
        """Yield the days in pieces of one rate each, with that rate in millionths."""
        start = days.start
        for change in self.starts[bisect_right(self.starts, start) :]:
            if change >= days.end:
                break
            yield Days(start, change), self.on(start)
            start = change
        if start < days.end:
            yield Days(start, days.end), self.on(start)


def _percent(millionths: int) -> str:
    return f"{Decimal(millionths).scaleb(-4).normalize():f}"


def _advice(millionths: int) -> str:
    hundredth, rest = divmod(millionths, 100)
    if rest or hundredth > MAX_MILLIONTHS:
        return 'write 3 % as "0.0300"'
    return f'for {_percent(hundredth)} % write "{text(hundredth)}"'
