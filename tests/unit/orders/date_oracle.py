"""The dates of an order by other means: recurrence rules of `dateutil` with month ends put right, and `holidays`."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any

import holidays
from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule

from chalicelib.domain.orders.recurrence import Schedule

ECB = holidays.financial_holidays("ECB", years=range(2019, 2050))
SHORT_MONTH = 28


def dates(schedule: Schedule, until: date) -> list[date]:
    """All dates of an order up to a day."""
    last = min(until, schedule.end or until)
    found = (one.date() for one in _rule(schedule, last))
    return list(islice(found, schedule.times))


def _rule(schedule: Schedule, last: date) -> Iterator[datetime]:
    frequency, start = schedule.frequency, _midnight(schedule.start)
    how: dict[str, Any] = {"interval": frequency.every, "until": _midnight(last)}
    if frequency.unit == "day":
        return iter(rrule(DAILY, dtstart=start, **how))
    if frequency.unit == "week":
        weekday = schedule.start.weekday() if frequency.weekday is None else frequency.weekday
        [first] = rrule(DAILY, dtstart=start, byweekday=weekday, count=1)
        return iter(rrule(WEEKLY, dtstart=first, **how))
    day = frequency.day or schedule.start.day
    # rrule leaves out months without the day: of the days from the 28th on, the last that there is.
    which: dict[str, Any] = (
        {"bymonthday": day} if day <= SHORT_MONTH else {"bymonthday": range(SHORT_MONTH, day + 1), "bysetpos": -1}
    )
    if frequency.unit == "year":
        which["bymonth"] = schedule.start.month
        [first] = rrule(MONTHLY, dtstart=start.replace(day=1), count=1, **_without_month(which))
        begin = start.replace(day=1) if first >= start else start.replace(year=start.year + 1, month=1, day=1)
        return iter(rrule(YEARLY, dtstart=begin, **how, **which))
    [first] = rrule(MONTHLY, dtstart=start.replace(day=1), count=1, **which)
    begin = start.replace(day=1)
    if first < start:
        begin = (begin + timedelta(days=31)).replace(day=1)
    return iter(rrule(MONTHLY, dtstart=begin, **how, **which))


def _without_month(which: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in which.items() if name != "bymonth"}


def execution_day(schedule: Schedule, day: date) -> date:
    """The day on which a date is paid."""
    if schedule.business_days == "none" or is_open(day):
        return day
    if schedule.business_days == "preceding":
        earlier = next(one for one in (day - timedelta(days=n) for n in range(31)) if is_open(one))
        if earlier >= schedule.start:
            return earlier
    return next(one for one in (day + timedelta(days=n) for n in range(31)) if is_open(one))


def business_days_late(due: date, day: date) -> int:
    """How many business days come after the one day, up to the other."""
    return sum(is_open(due + timedelta(days=n)) for n in range(1, (day - due).days + 1))


@cache
def is_open(day: date) -> bool:
    return day.weekday() < 5 and day not in ECB


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)
