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
        """Return the days from first to last, both included; no day at `first` if the last comes before it."""
        return cls(first, max(first, last + DAY))

    @property
    def last(self) -> date:
        """Return the last day, or the day before `start` if there is no day."""
        return self.end - DAY

    @property
    def count(self) -> int:
        """Return the number of calendar days, independent of any day-count convention."""
        return (self.end - self.start).days
