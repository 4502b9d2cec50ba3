"""Days as periods of runs of orders."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.orders.run_days import RunDays
from chalicelib.domain.orders.run_tally import ENDINGS, Tally

DAYS = RunDays()


@pytest.mark.parametrize(
    "text", ["2026-11-31", "2026-1-1", "20261121", "2026-11", "today", "2026-11-21T00:00", "", "１"]
)
def test_text_that_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a date such as"):
        DAYS.parse(text)


@pytest.mark.parametrize(
    ("zone", "at", "due"),
    [
        ("UTC", "2026-12-01T00:04:59", "2026-11-30"),
        ("UTC", "2026-12-01T00:05:00", "2026-12-01"),
        ("Asia/Kolkata", "2026-11-30T18:34:59", "2026-11-30"),
        ("Asia/Kolkata", "2026-11-30T18:35:00", "2026-12-01"),
        ("Europe/Berlin", "2026-03-28T23:05:00", "2026-03-29"),
        ("Europe/Berlin", "2026-10-24T22:05:00", "2026-10-25"),
        ("America/Sao_Paulo", "2018-11-04T03:04:59", "2018-11-03"),
        ("America/Sao_Paulo", "2018-11-04T03:05:00", "2018-11-04"),
    ],
)
def test_day_is_due_from_its_first_attempt_on(zone: str, at: str, due: str) -> None:
    """Where clocks skip 00:05, that is 01:05."""
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert DAYS.latest_due(now, ZoneInfo(zone)) == due
    assert DAYS.refusal(due, now, ZoneInfo(zone)) is None


def test_day_that_has_not_begun_is_refused() -> None:
    refusal = DAYS.refusal("2026-12-01", datetime(2026, 12, 1, 0, 4, tzinfo=UTC), UTC)
    assert refusal == "has not begun: orders of 2026-12-01 are paid from 00:05 on, in the bank's time zone"


@pytest.mark.parametrize(
    ("begun", "now", "again"),
    [
        *(("00:05", "07:59", False), ("00:05", "08:00", True), ("08:00", "14:59", False), ("08:00", "15:00", True)),
        *(("15:00", "23:59", False), ("00:05", "23:59", True), ("09:00", "14:00", False), ("09:00", "15:00", True)),
    ],
)
def test_run_is_due_again_once_another_attempt_has_come(begun: str, now: str, again: bool) -> None:
    first, second = (datetime.fromisoformat(f"2026-12-01T{time}").replace(tzinfo=UTC) for time in (begun, now))
    assert DAYS.is_due_again("2026-12-01", first, second, UTC) is again


def test_day_before_is_that_of_the_calendar() -> None:
    assert DAYS.before("2028-03-01") == "2028-02-29"


def test_attempts_are_counted_once_and_only_payments_are_summed() -> None:
    tally = Tally()
    for ending in ENDINGS:
        tally.count(ending, "USD", 5)
    both = tally + Tally(errors=2, totals=tally.totals)
    assert (tally.accounts, dict(tally.totals), both.accounts, dict(both.totals)) == (6, {"USD": 10}, 8, {"USD": 20})
