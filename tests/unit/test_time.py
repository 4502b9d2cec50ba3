"""Moments as the ledger writes them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import time
from chalicelib.domain.errors import ClockSkew

EARLIEST, LATEST = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (2000, 2100))
MOMENTS = st.datetimes(EARLIEST, LATEST, timezones=st.just(UTC))


@given(MOMENTS, MOMENTS)
def test_text_sorts_as_time_does(one: datetime, other: datetime) -> None:
    assert (time.timestamp(one) < time.timestamp(other)) == (one < other)
    assert time.moment(time.timestamp(one)) == one
    assert len(time.timestamp(one)) == 27


def test_no_zero_is_ever_dropped() -> None:
    assert time.timestamp(datetime(2026, 1, 2, 3, 4, 5, 0, UTC)) == "2026-01-02T03:04:05.000000Z"


NEAR = st.timedeltas(-timedelta(days=2), time.CLOCK_PULL_MAX)


@given(MOMENTS, st.lists(MOMENTS | NEAR, max_size=5))
def test_a_posting_comes_after_every_entry_it_follows_or_is_not_made(
    now: datetime, given: list[datetime | timedelta]
) -> None:
    entries = [now + one if isinstance(one, timedelta) else one for one in given]
    if any(entry > now + time.CLOCK_PULL_MAX for entry in entries):
        with pytest.raises(ClockSkew):
            time.next_timestamp(now, map(time.timestamp, entries))
        return
    created_at = time.next_timestamp(now, map(time.timestamp, entries))
    assert all(created_at > time.timestamp(entry) for entry in entries)
    assert time.timestamp(now) <= created_at <= time.timestamp(now + time.CLOCK_PULL_MAX + time.TICK)


@pytest.mark.parametrize(
    ("ahead", "retry_after"),
    [(5.000001, 1), (6, 1), (7.5, 3), (65, 60), (86_400, 60)],
    ids=["microsecond", "second", "fraction", "minute", "day"],
)
def test_a_write_that_another_clock_would_date_says_when_to_retry(ahead: float, retry_after: int) -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    with pytest.raises(ClockSkew, match="same Idempotency-Key") as raised:
        time.next_timestamp(now, ["", time.timestamp(now + timedelta(seconds=ahead))])
    assert raised.value.retry_after_seconds == retry_after


def test_a_clock_may_be_pulled_by_five_seconds_and_one_tick() -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert time.next_timestamp(now, ["2026-11-21T12:00:05.000000Z"]) == "2026-11-21T12:00:05.000001Z"
    assert time.next_timestamp(now, ["2026-11-21T11:59:59.999999Z"]) == "2026-11-21T12:00:00.000000Z"


def test_a_clock_that_runs_backwards_still_moves_the_ledger_forwards() -> None:
    now, written = datetime(2026, 11, 21, 12, tzinfo=UTC), ""
    for _ in range(1000):
        following = time.next_timestamp(now, [written])
        assert following > written
        now, written = now - timedelta(milliseconds=3), following


@given(
    MOMENTS,
    st.timedeltas(-timedelta(days=2), timedelta(days=2)),
    st.timedeltas(timedelta(0), timedelta(seconds=30)),
    st.timedeltas(timedelta(0), timedelta(seconds=30)),
)
def test_clock_error_is_never_more_than_the_real_one(
    answered: datetime, error: timedelta, there: timedelta, back: timedelta
) -> None:
    """Whatever the network takes. `error` is how far this clock is ahead."""
    sent, received = answered + error - there, answered + error + back
    found = time.clock_error(sent, answered.replace(microsecond=0), received)
    assert abs(found) <= abs(error)
    assert found * error.total_seconds() >= timedelta(0)


@pytest.mark.parametrize(("sent", "received", "found"), [(0, 0.2, 0), (2, 2.1, 1), (-3, -2.5, -2.5), (-2, 4, 0)])
def test_clock_error_is_at_least_what_sending_and_receiving_leave_open(
    sent: float, received: float, found: float
) -> None:
    answered = datetime(2026, 11, 21, 12, tzinfo=UTC)
    times = [answered + timedelta(seconds=one) for one in (sent, received)]
    assert time.clock_error(times[0], answered, times[1]) == timedelta(seconds=found)


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


@pytest.mark.parametrize(
    "text",
    [
        "2026-W48-7T00:00:00.000000Z",
        "2026-11-29T00:00:00,000000Z",
        "2026-11-29T00:00:00.000000",
        "2026-02-30T00:00:00.000000Z",
        "20261129T000000.000000Z",
        "",
    ],
)
def test_text_that_the_bank_never_writes_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        time.moment(text)
