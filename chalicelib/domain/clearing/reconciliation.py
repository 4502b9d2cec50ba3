"""Compares what both banks have booked, by the payments that they name. Pure.

Amounts are in minor units as the other bank states them: positive where this bank received. Both sides are summed for
each payment, so a payment that came and went again on either side is even.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from chalicelib.domain.days import DAY
from chalicelib.domain.orders.business_calendar import TARGET, BusinessCalendar

Kind = Literal["ours_only", "theirs_only", "amount_differs"]
NEIGHBOUR_DAYS: Final = 7
"""So far from a day the other bank may have booked a payment of it: over Easter it books nothing for four days."""


ENTRY: Final = "entry "
"""How the name of an entry begins that belongs to no payment; no UETR has a space."""


def is_without_payment(name: str) -> bool:
    """Return whether a line of a statement belongs to no payment, such as a fee of the other bank."""
    return name.startswith(ENTRY)


@dataclass(frozen=True)
class StatedLine:
    """A payment in a statement of the other bank. `name` is its UETR, or what an entry without payments is called."""

    name: str
    amount: int


@dataclass(frozen=True)
class Difference:
    """A payment that the banks have booked differently. `day` is the first day of the amounts."""

    name: str
    ours: int
    theirs: int
    day: date

    @property
    def kind(self) -> Kind:
        if not self.theirs:
            return "ours_only"
        return "amount_differs" if self.ours else "theirs_only"


class Books:
    """The sums of both banks by payment, as far as they differ: what is even at the end of a day is forgotten."""

    def __init__(self) -> None:
        self._sums: dict[str, tuple[int, int, date]] = {}

    def add_ours(self, name: str, amount: int, day: date) -> None:
        ours, theirs, first = self._sums.get(name, (0, 0, day))
        self._sums[name] = (ours + amount, theirs, min(first, day))

    def add_theirs(self, lines: Iterable[StatedLine], day: date) -> None:
        for line in lines:
            ours, theirs, first = self._sums.get(line.name, (0, 0, day))
            self._sums[line.name] = (ours, theirs + line.amount, min(first, day))

    def end_day(self) -> None:
        """Forget what is even."""
        self._sums = {name: sums for name, sums in self._sums.items() if sums[0] != sums[1]}

    def differences(self) -> list[Difference]:
        """Return what differs, the first day first."""
        found = [Difference(name, *sums) for name, sums in self._sums.items() if sums[0] != sums[1]]
        return sorted(found, key=lambda one: (one.day, one.name))


def due_day(day: date, calendar: BusinessCalendar = TARGET) -> date:
    """Return the business day in whose statement at the latest a payment must be that this bank has booked on a day."""
    return calendar.following(calendar.following(day) + DAY)
