"""The counts of a run of orders: how attempts ended, and how much was paid."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, get_args

Ending = Literal["posted", "executed", "pending", "failed", "retried", "skipped"]
"""posted: paid; executed: left to the clearing between banks; pending: the payment waits for somebody; failed: refused
for good; retried: refused, and tried again at a later hour of the day; skipped: too late to be paid, or asked for."""
ENDINGS: tuple[Ending, ...] = get_args(Ending)


@dataclass
class Tally:
    """`errors` are orders that could not be worked on: they stay due. `totals` are minor units that were paid, by
    currency."""

    posted: int = 0
    executed: int = 0
    pending: int = 0
    failed: int = 0
    retried: int = 0
    skipped: int = 0
    errors: int = 0
    totals: Counter[str] = field(default_factory=Counter)

    @property
    def accounts(self) -> int:
        """Return how many attempts were made, under the name by which all runs have it."""
        return self.posted + self.executed + self.pending + self.failed + self.retried + self.skipped + self.errors

    def count(self, ending: Ending, currency: str = "", amount: int = 0) -> None:
        """Count one more attempt; `amount` in minor units if it was paid."""
        setattr(self, ending, getattr(self, ending) + 1)
        if ending in ("posted", "executed"):
            self.totals[currency] += amount

    def __add__(self, other: "Tally") -> "Tally":
        both = {name: value + getattr(other, name) for name, value in vars(self).items()}
        return Tally(**both)
