"""A calendar month of the bank's days."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Self

from chalicelib.domain.days import DAY, Days

PATTERN = r"2\d{3}-(0[1-9]|1[0-2])"
"""Of a month's text, as a regular expression: what clients are told, too."""
_TEXT = re.compile(PATTERN, re.ASCII)


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month, written `2026-10`."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a month such as 2026-10. Raises ValueError with a message for the client."""
        if not is_month(text):
            raise ValueError("must be a month such as 2026-10")
        return cls(int(text[:4]), int(text[5:]))

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year, day.month)

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        return self.after.first - DAY

    @property
    def days(self) -> Days:
        return Days.inclusive(self.first, self.last)

    @property
    def before(self) -> Self:
        return self.of(self.first - DAY)

    @property
    def after(self) -> Self:
        return self.of(self.first + timedelta(days=31))

    def is_over(self, now: datetime, zone: tzinfo) -> bool:
        """Return whether the month's last day has ended in the bank's time zone."""
        return now.astimezone(zone).date() > self.last


def is_month(text: str) -> bool:
    return _TEXT.fullmatch(text) is not None
