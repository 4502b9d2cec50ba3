"""A range of the bank's days, cut into days, weeks or months."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

from chalicelib.domain.days import DAY, Days
from chalicelib.domain.month import Month

By = Literal["day", "week", "month"]
WEEK = timedelta(days=7)


def cut(days: Days, by: By) -> Iterator[Days]:
    """Return the periods of a range, oldest first; weeks begin on Monday.

    The range may shorten the first and the last one.
    """
    start = days.start
    while start < days.end:
        end = min(days.end, _next(start, by))
        yield Days(start, end)
        start = end


def _next(day: date, by: By) -> date:
    """Return the first day of the next period."""
    if by == "month":
        return Month.of(day).after.first
    return day + DAY if by == "day" else day - timedelta(days=day.weekday()) + WEEK
