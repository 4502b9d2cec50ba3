"""Codes that are sent by mail: how long one is good, how often one is sent, and what it looks like."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

RESET_VALID = timedelta(minutes=30)
VERIFICATION_VALID = timedelta(hours=24)
REQUESTS_MAX = 3
"""So many requests of one user for one purpose lead to a mail within the window, whenever it begins."""
WINDOW = timedelta(hours=1)
_CODE = re.compile(r"(usr_[0-9A-HJKMNP-TV-Z]{26})\.([A-Za-z0-9_-]{43})", re.ASCII)


def code_of(user_id: str, secret: str) -> str:
    """Return the code that the mail contains. It names the user, so that looking it up is one read by key."""
    return f"{user_id}.{secret}"


def parts_of(code: str) -> tuple[str, str] | None:
    """Return user and secret of a code, or None if the code is malformed."""
    found = _CODE.fullmatch(code)
    return (found[1], found[2]) if found else None


def recent(requests: Iterable[int], now: datetime) -> list[int]:
    """Return the requests (epoch seconds) that still count, oldest first."""
    return sorted(request for request in requests if request > (now - WINDOW).timestamp())


def seconds_until_next(requests: Iterable[int], now: datetime) -> int:
    """Return the seconds until one more request may send a mail, at least 1."""
    counting = recent(requests, now)
    return max(1, counting[-REQUESTS_MAX] + int(WINDOW.total_seconds()) - int(now.timestamp()))


def may_send(requests: Iterable[int], now: datetime) -> bool:
    """Return whether one more request may send a mail."""
    return len(recent(requests, now)) < REQUESTS_MAX
