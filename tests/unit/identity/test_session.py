from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.identity.session import REFRESH_TOKEN_LIFE, SESSION_LIFE, expires_at, is_within_grace

STARTED = datetime(2026, 11, 21, tzinfo=UTC)


def test_a_session_lasts_as_long_as_its_refresh_token() -> None:
    assert expires_at(STARTED, STARTED) == int((STARTED + REFRESH_TOKEN_LIFE).timestamp())


def test_no_refresh_takes_a_session_past_its_full_life() -> None:
    late = STARTED + SESSION_LIFE - timedelta(days=1)
    assert expires_at(STARTED, late) == int((STARTED + SESSION_LIFE).timestamp())


@pytest.mark.parametrize(
    ("seconds", "uses", "is_within"),
    [(0, 0, True), (30, 0, True), (31, 0, False), (-1, 0, False), (0, 1, True), (0, 2, False)],
)
def test_a_replaced_token_is_exchanged_twice_more_within_thirty_seconds(
    seconds: int, uses: int, is_within: bool
) -> None:
    assert is_within_grace(int(STARTED.timestamp()), uses, STARTED + timedelta(seconds=seconds)) is is_within
