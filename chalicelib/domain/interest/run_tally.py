"""The counts of a monthly interest run: how accounts ended, and how much was credited."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, get_args

Ending = Literal["credited", "nothing", "closed", "failed"]
"""credited: interest was posted; nothing: none was left to pay, or less than half a minor unit; closed: the account had
ended, and was paid when it did; failed: it is recorded with its reason."""
ENDINGS: tuple[Ending, ...] = get_args(Ending)


@dataclass
class Tally:
    """`frozen` accounts are paid like all others and counted twice: once here, once by how they ended.

    `totals` are credits in minor units by currency.
    """

    credited: int = 0
    nothing: int = 0
    closed: int = 0
    failed: int = 0
    frozen: int = 0
    totals: Counter[str] = field(default_factory=Counter)

    @property
    def accounts(self) -> int:
        return sum(getattr(self, ending) for ending in ENDINGS)

    @property
    def errors(self) -> int:
        """Return how many the bank has to look into: all that failed."""
        return self.failed

    def count(self, ending: Ending, currency: str = "", amount: int = 0, *, is_frozen: bool = False) -> None:
        """Count one more account; `amount` in minor units."""
        setattr(self, ending, getattr(self, ending) + 1)
        self.frozen += is_frozen
        if amount:
            self.totals[currency] += amount

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.credited + other.credited,
            self.nothing + other.nothing,
            self.closed + other.closed,
            self.failed + other.failed,
            self.frozen + other.frozen,
            self.totals + other.totals,
        )


def total(tallies: Iterable[Tally]) -> Tally:
    return sum(tallies, Tally())
