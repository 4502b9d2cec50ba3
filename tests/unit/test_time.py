"""Moments as the ledger writes them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import time

EARLIEST, LATEST = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (2000, 2100))
MOMENTS = st.datetimes(EARLIEST, LATEST, timezones=st.just(UTC))


@given(MOMENTS, MOMENTS)
def test_text_sorts_as_time_does(one: datetime, other: datetime) -> None:
    assert (time.timestamp(one) < time.timestamp(other)) == (one < other)
    assert time.moment(time.timestamp(one)) == one
    assert len(time.timestamp(one)) == 27


def test_no_zero_is_ever_dropped() -> None:
    assert time.timestamp(datetime(2026, 1, 2, 3, 4, 5, 0, UTC)) == "2026-01-02T03:04:05.000000Z"


@given(MOMENTS, st.lists(MOMENTS, max_size=5))
def test_a_posting_comes_after_every_entry_it_follows_whatever_the_clock_says(
    now: datetime, entries: list[datetime]
) -> None:
    created_at = time.next_timestamp(now, map(time.timestamp, entries))
    assert all(created_at > time.timestamp(entry) for entry in entries)
    assert created_at >= time.timestamp(now)


def test_a_clock_that_runs_backwards_still_moves_the_ledger_forwards() -> None:
    now, written = datetime(2026, 11, 21, 12, tzinfo=UTC), ""
    for _ in range(1000):
        following = time.next_timestamp(now, [written])
        assert following > written
        now, written = now - timedelta(milliseconds=3), following


NO_MOMENTS = ["2026-11-21T08:30:00", "yesterday", "2026-13-01T00:00:00Z", "", "2026-W47-6T08:30:00Z"]
NO_MOMENTS += ["20261121T083000Z", "2026-11-21T08Z", "2026-11-21T08:30:00+0100", "2026-11-21T08:30:60Z"]


@pytest.mark.parametrize("text", ["2026-11-21", *NO_MOMENTS])
def test_a_moment_needs_date_time_and_offset(text: str) -> None:
    with pytest.raises(ValueError, match="timestamp such as"):
        time.parse_moment(text)


@pytest.mark.parametrize(
    "text",
    ["2026-11-21t08:30:00z", "2026-11-21T08:30:00z", "2026-11-21t09:30:00+01:00", "2026-11-21t08:30:00.0000009Z"],
)
def test_the_letters_of_a_moment_may_be_small(text: str) -> None:
    """RFC 3339, 5.6: T and Z may alternatively be lower case."""
    assert time.parse_moment(text) == datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
    assert time.parse_bound(text, ZoneInfo("UTC"), end=False) == "2026-11-21T08:30:00.000000Z"


@pytest.mark.parametrize("text", [*NO_MOMENTS, "2026-W47-6", "20261121", "2026-02-29"])
def test_a_bound_is_a_date_or_a_moment(text: str) -> None:
    with pytest.raises(ValueError, match="date such as 2026-11-21 or a timestamp such as"):
        time.parse_bound(text, ZoneInfo("UTC"), end=True)


def test_days_are_the_banks() -> None:
    amsterdam = ZoneInfo("Europe/Amsterdam")
    assert time.day("2026-11-20T23:30:00.000000Z", amsterdam) == date(2026, 11, 21)
    assert time.parse_bound("2026-11-21", amsterdam, end=False) == "2026-11-20T23:00:00.000000Z"
    assert time.parse_bound("2026-11-21", amsterdam, end=True) == "2026-11-21T22:59:59.999999Z"


def test_the_day_on_which_clocks_change_has_25_hours() -> None:
    amsterdam = ZoneInfo("Europe/Amsterdam")
    assert time.parse_bound("2026-10-25", amsterdam, end=False) == "2026-10-24T22:00:00.000000Z"
    assert time.parse_bound("2026-10-25", amsterdam, end=True) == "2026-10-25T22:59:59.999999Z"
