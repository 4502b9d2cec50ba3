"""The lifetime of a session, and of the token that a refresh has replaced."""

from datetime import datetime, timedelta

ACCESS_TOKEN_LIFE = timedelta(minutes=15)
REFRESH_TOKEN_LIFE = timedelta(days=30)
SESSION_LIFE = timedelta(days=90)
GRACE = timedelta(seconds=30)
"""How long a replaced refresh token is answered once more: the answer that replaced it may have been lost."""
GRACE_USES_MAX = 2


def expires_at(started: datetime, now: datetime) -> int:
    """Return when a session ends without another refresh, in epoch seconds; never after its maximum life."""
    return int(min(now + REFRESH_TOKEN_LIFE, started + SESSION_LIFE).timestamp())


def is_within_grace(rotated_at: int, grace_uses: int, now: datetime) -> bool:
    """Return whether a token that was replaced at `rotated_at` (epoch seconds) is exchanged once more."""
    return grace_uses < GRACE_USES_MAX and 0 <= int(now.timestamp()) - rotated_at <= GRACE.total_seconds()
