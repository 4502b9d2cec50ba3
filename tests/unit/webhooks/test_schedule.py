"""When a delivery is attempted, and what Retry-After says."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.webhooks.schedule import ATTEMPTS_MAX, delay_before, retry_after_seconds

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def delays(uniform: float) -> list[timedelta]:
    found = [delay_before(attempt, lambda: uniform) for attempt in range(1, ATTEMPTS_MAX + 1)]
    return [delay for delay in found if delay is not None]


def test_ten_attempts_end_after_75_hours() -> None:
    middle = delays(0.5)
    assert [delay.total_seconds() for delay in middle[:4]] == [0, 5, 300, 1800]
    assert [delay / HOUR for delay in middle[4:]] == [2, 5, 10, 14, 20, 24]
    assert sum(middle, timedelta(0)) == timedelta(hours=75, minutes=35, seconds=5)
    assert delay_before(11) is None


def test_pauses_vary_by_a_tenth() -> None:
    assert [delay.total_seconds() for delay in delays(0)[:3]] == [0, 4.5, 270]
    assert [delay.total_seconds() for delay in delays(1)[:3]] == [0, 5.5, 330]
    assert len({delay_before(10) for _ in range(20)}) > 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Sun, 29 Nov 2026 12:01:30 GMT", 90),
        ("Sun, 29 Nov 2026 13:01:30 +0100", 90),
        ("Sun, 29 Nov 2026 11:59:00 GMT", 0),
        ("9" * 400, 31_536_000),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 31_536_000),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: int | None) -> None:
    assert retry_after_seconds(header, NOW) == seconds
