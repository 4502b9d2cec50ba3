from datetime import UTC, datetime, timedelta

from chalicelib.domain.identity.session import REFRESH_TOKEN_LIFE, SESSION_LIFE, expires_at

STARTED = datetime(2026, 11, 21, tzinfo=UTC)


def test_a_session_lasts_as_long_as_its_refresh_token() -> None:
    assert expires_at(STARTED, STARTED) == int((STARTED + REFRESH_TOKEN_LIFE).timestamp())


def test_no_refresh_takes_a_session_past_its_full_life() -> None:
    late = STARTED + SESSION_LIFE - timedelta(days=1)
    assert expires_at(STARTED, late) == int((STARTED + SESSION_LIFE).timestamp())
