"""Hours of a day, also of days on which clocks change."""

from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.ledger.day_hours import HOURS_MAX, day_before, hour_of, hours_within

UTC, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
DAY = "2026-11-21"


@pytest.mark.parametrize(
    ("at", "hour"),
    [
        ("2026-11-21T00:00:00.000000Z", 0),
        ("2026-11-21T00:59:59.999999Z", 0),
        ("2026-11-21T23:59:59.999999Z", 23),
        ("2026-11-22T00:00:00.000000Z", 24),
        ("2026-11-23T00:00:00.000000Z", 24),
        ("2026-11-20T23:00:00.000000Z", 0),
    ],
)
def test_hour_of_a_moment_is_within_the_day(at: str, hour: int) -> None:
    assert hour_of(at, DAY, UTC) == hour


@pytest.mark.parametrize(
    ("at", "first"),
    [
        ("2026-11-22T00:00:00.000000Z", 0),
        ("2026-11-22T00:59:59.999999Z", 0),
        ("2026-11-22T01:00:00.000000Z", 1),
        ("2026-11-22T23:59:59.999999Z", 23),
        ("2026-11-23T00:00:00.000000Z", 24),
        ("2026-11-23T01:00:00.000000Z", HOURS_MAX),
        ("2026-11-30T00:00:00.000000Z", HOURS_MAX),
    ],
)
def test_hours_within_24_hours_are_those_not_wholly_before_them(at: str, first: int) -> None:
    assert hours_within(at, DAY, UTC) == range(first, HOURS_MAX)


def test_day_with_25_hours_has_one_hour_more() -> None:
    assert hour_of("2026-10-25T22:59:59.999999Z", "2026-10-25", BERLIN) == 24
    assert hours_within("2026-10-26T22:30:00.000000Z", "2026-10-25", BERLIN)[0] == 24


def test_every_hour_of_the_last_24_is_counted_and_none_that_ended_before() -> None:
    """Of any two moments in one hour, the window of the other day contains both or may contain both."""
    for minute in range(0, 24 * 60, 7):
        made = f"2026-11-21T{minute // 60:02}:{minute % 60:02}:00.000000Z"
        last = f"2026-11-22T{minute // 60:02}:{minute % 60:02}:00.000000Z"
        assert hour_of(made, DAY, UTC) in hours_within(last, DAY, UTC)


def test_day_before_the_first_of_a_month_is_the_last_of_the_month_before() -> None:
    assert day_before("2026-03-01") == "2026-02-28"
