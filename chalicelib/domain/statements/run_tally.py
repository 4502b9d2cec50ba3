"""The counts of a monthly statement run: how accounts ended."""

from dataclasses import dataclass
from typing import Literal, get_args

Ending = Literal["made", "not_wanted", "failed"]
"""made: the statement is there; not_wanted: its customer has not asked for statements, or there was no account in that
month; failed: it is recorded with its reason."""
ENDINGS: tuple[Ending, ...] = get_args(Ending)


@dataclass
class Tally:
    made: int = 0
    not_wanted: int = 0
    failed: int = 0

    @property
    def accounts(self) -> int:
        return self.made + self.not_wanted + self.failed

    @property
    def errors(self) -> int:
        """Return how many the bank has to look into: all that failed."""
        return self.failed

    def count(self, ending: Ending) -> None:
        """Count one more account."""
        setattr(self, ending, getattr(self, ending) + 1)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.made + other.made, self.not_wanted + other.not_wanted, self.failed + other.failed)
