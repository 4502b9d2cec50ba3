"""What an account will look like: its balance day by day, from what is known to come."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from chalicelib.domain.orders.business_calendar import CLOSED_DAYS_MAX, BusinessCalendar
from chalicelib.domain.orders.recurrence import Occurrence, Schedule

ItemKind = Literal["pending", "scheduled_payment", "standing_order", "interest"]


@dataclass(frozen=True)
class ForecastItem:
    """Something that is known to come on a day. `amount` is in minor units, negative if it leaves the account.

    `id` is the order's, and `occurrence` what it pays; what comes from no order has neither.
    """

    date: date
    amount: int
    kind: ItemKind
    id: str = ""
    occurrence: Occurrence | None = None


@dataclass(frozen=True)
class ForecastDay:
    """A day with what comes on it, and the balance at its end, in minor units."""

    date: date
    items: tuple[ForecastItem, ...]
    balance: int


@dataclass(frozen=True)
class Forecast:
    """The days from today on. `shortfall_on` is the first day that is not covered, or None.

    `missing` is what is missing on that day, in minor units, or 0.
    """

    days: tuple[ForecastDay, ...]
    shortfall_on: date | None = None
    missing: int = 0


def walk_executions(
    schedule: Schedule, next_date: date, until: date, business_calendar: BusinessCalendar
) -> Iterator[tuple[date, Occurrence]]:
    """Yield what an order pays up to a day, from its next date on, with the day on which each is paid.

    A date after `until` may be paid before it, by the rule `preceding`.
    """
    for occurrence in schedule.occurrences(next_date):
        if occurrence.date > until + timedelta(days=CLOSED_DAYS_MAX):
            return
        day = schedule.execution_day(occurrence.date, business_calendar)
        if day <= until:
            yield day, occurrence


def project(balance: int, overdraft_limit: int, items: Iterable[ForecastItem], today: date, days: int) -> Forecast:
    """Project a balance over days, today included.

    Within a day what leaves is counted before what comes in, for payments are made at its start. What was due before
    today comes today. A day is not covered if the account would go below its overdraft limit at any moment.
    """
    by_day: dict[date, list[ForecastItem]] = {}
    for item in items:
        by_day.setdefault(max(item.date, today), []).append(item)
    projected = list[ForecastDay]()
    shortfall_on, missing = None, 0
    for day in (today + timedelta(days=number) for number in range(days)):
        of_day = sorted(by_day.get(day, []), key=lambda item: (item.amount > 0, item.id))
        lowest = balance + sum(item.amount for item in of_day if item.amount < 0)
        if shortfall_on is None and lowest < -overdraft_limit and of_day:
            shortfall_on, missing = day, -overdraft_limit - lowest
        balance += sum(item.amount for item in of_day)
        projected.append(ForecastDay(day, tuple(of_day), balance))
    return Forecast(tuple(projected), shortfall_on, missing)
