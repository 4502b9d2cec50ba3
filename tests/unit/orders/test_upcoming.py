"""Which occurrence of an order is the first: the next that can still be tried, or one that is due and paid late."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.orders.amounts import OrderAmounts
from chalicelib.domain.orders.business_calendar import CLOSED_DAYS_MAX, TARGET, BusinessCalendar
from chalicelib.domain.orders.recurrence import Frequency, Schedule
from chalicelib.domain.orders.upcoming import first_due, first_payable, list_upcoming

BERLIN = ZoneInfo("Europe/Berlin")
START = date(2026, 12, 4)
NOW = datetime(2026, 12, 8, 16, tzinfo=UTC)
"""A Tuesday, after the last attempt of the day."""


def daily(end: str | None = None) -> Schedule:
    return Schedule(START, Frequency("day"), date.fromisoformat(end) if end else None, None, "following")


@pytest.mark.parametrize(
    ("since", "first", "attempt"),
    [
        ("2026-12-01", "2026-12-04", "2026-12-03T23:05"),
        ("2026-12-05", "2026-12-05", "2026-12-06T23:05"),
        ("2026-12-07", "2026-12-07", "2026-12-06T23:05"),
    ],
)
def test_first_due_occurrence_may_be_over(since: str, first: str, attempt: str) -> None:
    found = first_due(daily(), date.fromisoformat(since), BERLIN, TARGET)
    assert found
    assert (found[0].date.isoformat(), found[1]) == (first, datetime.fromisoformat(attempt).replace(tzinfo=UTC))


def test_first_payable_occurrence_has_an_attempt_left() -> None:
    found = first_payable(daily(), START, BERLIN, NOW, TARGET)
    assert found
    assert found[0].date == date(2026, 12, 9)


def test_schedule_that_is_over_has_neither() -> None:
    since = date(2026, 12, 8)
    assert first_due(daily("2026-12-07"), since, BERLIN, TARGET) is None
    assert first_payable(daily("2026-12-07"), since, BERLIN, NOW, TARGET) is None


@pytest.mark.parametrize(
    ("at", "first"),
    [
        ("2026-12-08T14:00:00", "2026-12-08"),
        ("2026-12-08T14:00:00.000001", "2026-12-09"),
        ("2026-12-07T23:00:00", "2026-12-08"),
    ],
)
def test_attempt_counts_that_is_made_at_this_very_moment(at: str, first: str) -> None:
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    found = first_payable(daily(), START, BERLIN, now, TARGET)
    assert found
    assert found[0].date.isoformat() == first


def test_date_is_payable_whose_execution_moved_over_as_many_days_as_may_be_closed() -> None:
    closed = frozenset(START + timedelta(days=number) for number in range(CLOSED_DAYS_MAX))
    calendar = BusinessCalendar("x", frozenset(), single=closed)
    day = START + timedelta(days=CLOSED_DAYS_MAX)
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    found = first_payable(Schedule(START, Frequency("month")), START, BERLIN, now, calendar)
    assert found
    assert (found[0].date, found[1].date()) == (START, day)


def test_dates_of_years_ago_are_not_walked_through() -> None:
    long_ago = Schedule(date(1, 1, 1), Frequency("day"))
    found = first_payable(long_ago, date(1, 1, 1), BERLIN, NOW, TARGET)
    assert found
    assert (found[0].number > 700_000, found[0].date) == (True, date(2026, 12, 9))


def test_upcoming_payments_are_dated_by_the_rule_and_have_their_amounts() -> None:
    schedule = Schedule(date(2026, 12, 5), Frequency("week"), times=3)  # a Saturday
    found = list_upcoming(schedule, OrderAmounts(100, first=50, final=70), date(2026, 12, 6), 5, TARGET)
    assert [(one.occurrence.date.day, one.execution_day.day, one.amount) for one in found] == [
        (12, 14, 100),
        (19, 21, 70),
    ]
    assert len(list(list_upcoming(schedule, OrderAmounts(100), date(2026, 12, 1), 2, TARGET))) == 2
