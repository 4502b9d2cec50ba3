"""The lifetime of a session."""

from datetime import datetime, timedelta

ACCESS_TOKEN_LIFE = timedelta(minutes=15)
REFRESH_TOKEN_LIFE = timedelta(days=30)
SESSION_LIFE = timedelta(days=90)


def expires_at(started: datetime, now: datetime) -> int:
    """Return when a session ends without another refresh, in epoch seconds; never after its maximum life."""
    return int(min(now + REFRESH_TOKEN_LIFE, started + SESSION_LIFE).timestamp())
