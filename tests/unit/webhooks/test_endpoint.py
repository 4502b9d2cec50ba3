"""When an endpoint gets nothing more, and what follows an attempt."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.time import timestamp
from chalicelib.domain.webhooks.delivery import RETRY_AFTER_MAX, Next, id_of, judge
from chalicelib.domain.webhooks.endpoint import has_failed_too_long, recent_tests, seconds_until_test, secret_overlaps

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def test_delivery_has_one_id_for_an_endpoint_and_an_event() -> None:
    assert id_of("whe_1", "evt_1") == id_of("whe_1", "evt_1")
    assert (
        len({id_of("whe_1", "evt_1"), id_of("whe_1", "evt_2"), id_of("whe_2", "evt_1"), id_of("whe_1\nevt_", "1")}) == 4
    )


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_is_a_success(status: int) -> None:
    assert judge(status, None, MINUTE, NOW) == Next("succeeded")


@pytest.mark.parametrize("status", [None, 100, 301, 307, 400, 404, 429, 500, 503])
def test_anything_else_is_tried_again_until_the_schedule_ends(status: int | None) -> None:
    assert judge(status, None, MINUTE, NOW) == Next("pending", NOW + MINUTE)
    assert judge(status, None, None, NOW) == Next("failed")


def test_410_disables_whatever_is_left_of_the_schedule() -> None:
    assert judge(410, 60, MINUTE, NOW) == judge(410, None, None, NOW) == Next("failed", disables="gone")


@pytest.mark.parametrize(
    ("status", "asked", "waits"),
    [
        (429, 3600, timedelta(hours=1)),
        (503, 3600, timedelta(hours=1)),
        (503, 1, MINUTE),
        (503, 0, MINUTE),
        (503, 10**9, RETRY_AFTER_MAX),
        (500, 3600, MINUTE),
        (302, 3600, MINUTE),
    ],
)
def test_retry_after_makes_a_pause_longer_never_shorter_and_not_endless(
    status: int, asked: int, waits: timedelta
) -> None:
    assert judge(status, asked, MINUTE, NOW) == Next("pending", NOW + waits)


def test_endpoint_has_failed_too_long_after_five_days() -> None:
    assert not has_failed_too_long(None, NOW)
    assert not has_failed_too_long(timestamp(NOW - 5 * DAY + MINUTE), NOW)
    assert has_failed_too_long(timestamp(NOW - 5 * DAY), NOW)


def test_earlier_secret_signs_until_its_moment() -> None:
    assert secret_overlaps(timestamp(NOW + MINUTE), timestamp(NOW))
    assert not secret_overlaps(timestamp(NOW), timestamp(NOW))
    assert not secret_overlaps(None, timestamp(NOW))


@pytest.mark.parametrize(
    ("times", "wait"),
    [
        ([], 0), ([10_000] * 19, 0), ([10_000] * 20, 3600), ([9_000, *[9_999] * 19], 2600), ([6_400, *[9_999] * 19], 0),
        ([6_401, *[9_999] * 19], 1), ([9_990, *[9_999] * 24], 3599),
    ],
)  # fmt: skip
def test_a_test_message_waits_until_fewer_than_twenty_are_an_hour_old(times: list[int], wait: int) -> None:
    assert seconds_until_test(reversed(times), 10_000) == wait


def test_test_messages_from_before_an_hour_are_forgotten() -> None:
    assert recent_tests([10_000, 6_400, 6_401], 10_000) == [6_401, 10_000]
