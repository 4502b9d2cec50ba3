"""The dates of the demo's standing order: as the bank lists them, and as they have to be."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from typing import Any

Date = tuple[date, date]
"""The date of a payment, and the day on which it is paid."""
FRIDAY = 4


def read(listed: Sequence[Any]) -> list[Date]:
    """Return the dates of a preview."""
    return [(date.fromisoformat(one["date"]), date.fromisoformat(one["execution_date"])) for one in listed]


def month_ends(first: date, count: int) -> list[date]:
    """Return the last days of months, reckoned here: those that an order of the 31st has to have."""
    months = (divmod(first.year * 12 + first.month - 1 + number, 12) for number in range(count))
    return [date(year, month + 1, monthrange(year, month + 1)[1]) for year, month in months]


def may_be_paid_on(day: date, paid_on: date) -> bool:
    """Return whether a date may be paid on a day by the rule `following`: not before it, and not in a weekend."""
    return paid_on >= day and paid_on.weekday() <= FRIDAY


def list_moved(dates: Sequence[Date]) -> str:
    """Return in words which dates are paid on another day."""
    return ", ".join(f"{day:%-d %b} to {paid_on:%a %-d %b}" for day, paid_on in dates if day != paid_on)


def find(executions: Any, day: date) -> Any:
    """Return what became of a date."""
    return next(one for one in executions["data"] if one["date"] == day.isoformat())


def describe(one: Any) -> str:
    """Return in words what became of a date."""
    tried = f" after {len(one['attempts'])} refused ({one['attempts'][0]['code']})" if one["attempts"] else ""
    moved = f", paid on {one['execution_date']}" if one["execution_date"] != one["date"] else ""
    return f"{one['date']} {one['status']}{moved}{tried}"
