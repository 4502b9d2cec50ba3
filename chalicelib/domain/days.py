"""A stretch of the bank's days."""

from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Days:
    """From `start` up to, not including, `end`, so that stretches join without a gap; equal ones are no day at all.

    Raises ValueError when the end comes before the start.
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"days end on {self.end}, before they start on {self.start}")

    @classmethod
    def inclusive(cls, first: date, last: date) -> "Days":
        """Both days and all between, as clients name them; none, at `first`, when the last comes before it."""
        return cls(first, max(first, last + DAY))

    @property
    def last(self) -> date:
        """The last day itself. When there is no day at all, the day before `start`."""
        return self.end - DAY

    @property
    def count(self) -> int:
        """Calendar days, whatever a day-count convention makes of them."""
        return (self.end - self.start).days
