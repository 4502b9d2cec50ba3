"""When a month's interest is due in the bank's time zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.interest.due import latest_due
from chalicelib.domain.month import Month

OCTOBER = Month(2026, 10)
MINUTE = timedelta(minutes=1)


def due_from(month: Month, zone: str, hour: int = 2) -> datetime:
    """The minute from which a month is the latest that is due."""
    moment = datetime(month.after.year, month.after.number, 1, tzinfo=UTC) - timedelta(days=2)
    while latest_due(moment, ZoneInfo(zone), hour) != month:
        moment += MINUTE
    assert latest_due(moment - MINUTE, ZoneInfo(zone), hour) == month.before
    return moment


@pytest.mark.parametrize(
    ("zone", "due"),
    [
        ("UTC", "2026-11-01T02:00Z"),
        ("Europe/Amsterdam", "2026-11-01T01:00Z"),
        # Clocks are put back on this very day, at 02:00 daylight time: it is 02:00 only once, an hour later.
        ("America/New_York", "2026-11-01T07:00Z"),
        ("America/St_Johns", "2026-11-01T05:30Z"),
        ("Asia/Kolkata", "2026-10-31T20:30Z"),
        ("Asia/Kathmandu", "2026-10-31T20:15Z"),
        ("Pacific/Kiritimati", "2026-10-31T12:00Z"),
        ("Pacific/Pago_Pago", "2026-11-01T13:00Z"),
    ],
)
def test_a_month_is_due_at_two_in_the_bank_s_time_zone(zone: str, due: str) -> None:
    assert due_from(OCTOBER, zone) == datetime.fromisoformat(due)


def test_where_clocks_skip_the_hour_it_is_due_when_they_would_have_shown_it() -> None:
    """Mexico City put its clocks forward on 1 April 2018, from 02:00 to 03:00."""
    assert due_from(Month(2018, 3), "America/Mexico_City") == datetime(2018, 4, 1, 8, tzinfo=UTC)


def test_where_clocks_show_the_hour_twice_it_is_due_at_the_first_time() -> None:
    """Sydney put its clocks back on 1 April 2018, from 03:00 to 02:00."""
    assert due_from(Month(2018, 3), "Australia/Sydney") == datetime(2018, 3, 31, 15, tzinfo=UTC)


def test_a_month_that_was_missed_stays_due_until_the_next_is() -> None:
    for day in range(1, 31):
        assert latest_due(datetime(2026, 11, day, 12, tzinfo=UTC), ZoneInfo("UTC"), 2) == OCTOBER
    assert latest_due(datetime(2026, 12, 1, 1, 59, tzinfo=UTC), ZoneInfo("UTC"), 2) == OCTOBER
