"""The next payments of a schedule, as a customer is told of them, and which of them can still be tried."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import islice

from chalicelib.domain.orders.amounts import OrderAmounts
from chalicelib.domain.orders.business_calendar import CLOSED_DAYS_MAX, BusinessCalendar
from chalicelib.domain.orders.execution import attempt_moments, next_attempt
from chalicelib.domain.orders.recurrence import Occurrence, Schedule
from chalicelib.domain.time import TICK


@dataclass(frozen=True)
class Upcoming:
    """An occurrence to come, the day on which it is paid, and its amount in minor units."""

    occurrence: Occurrence
    execution_day: date
    amount: int


def list_upcoming(
    schedule: Schedule, amounts: OrderAmounts, since: date, count: int, business_calendar: BusinessCalendar
) -> Iterator[Upcoming]:
    """Yield the first occurrences from a date on."""
    for one in islice(schedule.occurrences(since), count):
        yield Upcoming(one, schedule.execution_day(one.date, business_calendar), amounts.of(one))


def first_payable(
    schedule: Schedule, since: date, zone: tzinfo, now: datetime, business_calendar: BusinessCalendar
) -> tuple[Occurrence, datetime] | None:
    """Return the first occurrence from a date on whose day has an attempt left, with that attempt's moment in UTC.

    The occurrence may be before today: a rule of business days has moved its execution. None if nothing is left.
    """
    earliest = now.astimezone(zone).date() - timedelta(days=CLOSED_DAYS_MAX)
    for one in schedule.occurrences(max(since, earliest)):
        at = next_attempt(schedule.execution_day(one.date, business_calendar), zone, now.astimezone(UTC) - TICK)
        if at is not None:
            return one, at
    return None


def first_due(
    schedule: Schedule, since: date, zone: tzinfo, business_calendar: BusinessCalendar
) -> tuple[Occurrence, datetime] | None:
    """Return the first occurrence from a date on, with the moment of its first attempt in UTC; None if nothing is left.

    The moment may be long over: a run pays the occurrence late, or skips it.
    """
    one = next(schedule.occurrences(since), None)
    return (one, attempt_moments(schedule.execution_day(one.date, business_calendar), zone)[0]) if one else None
