"""Invitations of customers: how long one is valid, and how often one is sent. Pure rules."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.domain.identity import mailed_code

VALID = timedelta(days=7)
INVITATIONS_MAX = 3
"""Invitations of one customer within the window, whenever it begins."""
WINDOW = timedelta(days=1)
GUESSES_MAX = 5
"""Dates of birth that may be tried with one invitation."""


def recent(requests: Iterable[int], now: datetime) -> list[int]:
    """Return the invitations (epoch seconds) that still count, oldest first."""
    return mailed_code.recent(requests, now, WINDOW)


def seconds_until_next(requests: Iterable[int], now: datetime) -> int:
    """Return the seconds until the customer may be invited again; 0 if it may be now."""
    counting = recent(requests, now)
    if len(counting) < INVITATIONS_MAX:
        return 0
    return max(1, counting[-INVITATIONS_MAX] + int(WINDOW.total_seconds()) - int(now.timestamp()))
