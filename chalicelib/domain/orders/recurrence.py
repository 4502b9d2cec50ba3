"""The dates on which a standing order is due.

Every date is computed from the first one, never from the one before, so the day that was asked for is kept: the 31st is
30 April and then 31 May, and 29 February comes back in the next leap year.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta
from itertools import count
from typing import Literal

from chalicelib.domain.orders.business_calendar import BusinessCalendar, BusinessDayRule

Unit = Literal["day", "week", "month", "year"]
LAST = 31
"""The day of the month that stands for the last one, whatever its number."""
MONTHS_PER_YEAR = 12


@dataclass(frozen=True)
class Frequency:
    """How often an order is due: each `every` units.

    `day` is that of the month, for months and years, 31 for the last one; `weekday` is for weeks, Monday is 0. Without
    them those of the start count.
    """

    unit: Unit
    every: int = 1
    day: int | None = None
    weekday: int | None = None


@dataclass(frozen=True)
class Occurrence:
    """A date of an order, the first with number 1. `is_last` says that none follows it."""

    number: int
    date: date
    is_last: bool = False


@dataclass(frozen=True)
class Schedule:
    """When a standing order is due: from `start` on, until `end` (included) or `times` dates, or for good.

    The rule of business days moves the execution. It never changes which dates there are.
    """

    start: date
    frequency: Frequency
    end: date | None = None
    times: int | None = None
    business_days: BusinessDayRule = "following"

    def occurrences(self, since: date | None = None) -> Iterator[Occurrence]:
        """Yield the order's dates that are not before a day, oldest first."""
        for number in count(self._first_number(since or self.start)):
            day = self._date(number)
            if day is None or self._is_over(number, day):
                return
            yield Occurrence(number, day, is_last=self._is_last(number))

    def find(self, day: date) -> Occurrence | None:
        """Return the occurrence of a day, or None if the order is not due on it."""
        found = next(self.occurrences(day), None)
        return found if found and found.date == day else None

    def execution_day(self, occurrence: date, business_calendar: BusinessCalendar) -> date:
        """Return the day on which an occurrence is paid: by the rule, and never before the start."""
        if self.business_days == "none":
            return occurrence
        if self.business_days == "preceding":
            earlier = business_calendar.preceding(occurrence)
            if earlier >= self.start:
                return earlier
        return business_calendar.following(occurrence)

    def _first_number(self, since: date) -> int:
        """Return a number at or shortly before which the first date from a day on is found, without walking all."""
        first = self._date(1)
        if first is None or since <= first:
            return 1
        days = {"day": 1, "week": 7, "month": 31, "year": 366}[self.frequency.unit] * self.frequency.every
        number = 1 + (since - first).days // days
        while (day := self._date(number)) is not None and day < since:
            number += 1
        return number

    def _date(self, number: int) -> date | None:
        """Return the date with a number, from 1 on, or None after the last day of the calendar."""
        steps = (number - 1) * self.frequency.every
        try:
            if self.frequency.unit in ("day", "week"):
                return self._first_weekday() + timedelta(days=steps * (7 if self.frequency.unit == "week" else 1))
            return self._in_month(self._first_month() + steps * (MONTHS_PER_YEAR if self._is_yearly else 1))
        except OverflowError:
            return None

    @property
    def _is_yearly(self) -> bool:
        return self.frequency.unit == "year"

    def _first_weekday(self) -> date:
        if self.frequency.unit == "day" or self.frequency.weekday is None:
            return self.start
        return self.start + timedelta(days=(self.frequency.weekday - self.start.weekday()) % 7)

    def _first_month(self) -> int:
        """Return the month of the first date, counted from the year 0: the start's, unless its day is over by then."""
        month = self.start.year * MONTHS_PER_YEAR + self.start.month - 1
        is_over = self._in_month(month) < self.start
        return month + (MONTHS_PER_YEAR if self._is_yearly else 1) if is_over else month

    def _in_month(self, month: int) -> date:
        year, index = divmod(month, MONTHS_PER_YEAR)
        if year > MAXYEAR:
            raise OverflowError
        wanted = self.frequency.day or self.start.day
        return date(year, index + 1, min(wanted, calendar.monthrange(year, index + 1)[1]))

    def _is_over(self, number: int, day: date) -> bool:
        return (self.end is not None and day > self.end) or (self.times is not None and number > self.times)

    def _is_last(self, number: int) -> bool:
        day = self._date(number + 1)
        return day is None or self._is_over(number + 1, day)
