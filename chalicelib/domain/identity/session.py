"""How long a sign-in lasts."""

from datetime import datetime, timedelta

ACCESS_TOKEN_LIFE = timedelta(minutes=15)
REFRESH_TOKEN_LIFE = timedelta(days=30)
SESSION_LIFE = timedelta(days=90)


def expires_at(started: datetime, now: datetime) -> int:
    """When a session ends unless it is refreshed before, in epoch seconds; no refresh takes it past its full life."""
    return int(min(now + REFRESH_TOKEN_LIFE, started + SESSION_LIFE).timestamp())
