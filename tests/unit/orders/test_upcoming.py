"""Which occurrence of an order is the first: the next that can still be tried, or one that is due and paid late."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.orders.business_calendar import TARGET
from chalicelib.domain.orders.recurrence import Frequency, Schedule
from chalicelib.domain.orders.upcoming import first_due, first_payable

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
