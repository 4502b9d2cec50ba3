"""What an account will look like: its balance day by day, from what is known to come."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

ItemKind = Literal["pending", "scheduled_payment", "standing_order", "interest"]


@dataclass(frozen=True)
class ForecastItem:
    """Something that is known to come on a day. `amount` is in minor units, negative if it leaves the account."""

    date: date
    amount: int
    kind: ItemKind
    id: str


@dataclass(frozen=True)
class ForecastDay:
    """A day with what comes on it, and the balance at its end, in minor units."""

    date: date
    items: tuple[ForecastItem, ...]
    balance: int


@dataclass(frozen=True)
class Forecast:
    """The days from today on. `shortfall_on` is the first day that is not covered, or None."""

    days: tuple[ForecastDay, ...]
    shortfall_on: date | None


def project(balance: int, overdraft_limit: int, items: Iterable[ForecastItem], today: date, days: int) -> Forecast:
    """Project a balance over days, today included.

    Within a day what leaves is counted before what comes in, for payments are made at its start. What was due before
    today comes today. A day is not covered if the account would go below its overdraft limit at any moment.
    """
    by_day: dict[date, list[ForecastItem]] = {}
    for item in items:
        by_day.setdefault(max(item.date, today), []).append(item)
    projected = list[ForecastDay]()
    shortfall_on = None
    for day in (today + timedelta(days=number) for number in range(days)):
        of_day = sorted(by_day.get(day, []), key=lambda item: (item.amount > 0, item.id))
        lowest = balance + sum(item.amount for item in of_day if item.amount < 0)
        if shortfall_on is None and lowest < -overdraft_limit and of_day:
            shortfall_on = day
        balance += sum(item.amount for item in of_day)
        projected.append(ForecastDay(day, tuple(of_day), balance))
    return Forecast(tuple(projected), shortfall_on)
