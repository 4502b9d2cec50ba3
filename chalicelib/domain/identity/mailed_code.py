"""Codes that are sent by mail: how long one is good, how often one is sent, and what it looks like."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

RESET_VALID = timedelta(minutes=30)
VERIFICATION_VALID = timedelta(hours=24)
REQUESTS_MAX = 3
"""So many requests of one user for one purpose lead to a mail within the window, whenever it begins."""
WINDOW = timedelta(hours=1)
_CODE = re.compile(r"((?:usr|cus)_[0-9A-HJKMNP-TV-Z]{26})\.([A-Za-z0-9_-]{43})", re.ASCII)


def code_of(owner_id: str, secret: str) -> str:
    """Return the code that the mail contains. It names its owner, so that looking it up is one read by key."""
    return f"{owner_id}.{secret}"


def parts_of(code: str, kind: str = "usr") -> tuple[str, str] | None:
    """Return owner and secret of a code, or None if it is malformed, or of an owner of another kind."""
    found = _CODE.fullmatch(code)
    return (found[1], found[2]) if found and found[1].startswith(f"{kind}_") else None


def recent(requests: Iterable[int], now: datetime, window: timedelta = WINDOW) -> list[int]:
    """Return the requests (epoch seconds) that still count, oldest first."""
    return sorted(request for request in requests if request > (now - window).timestamp())


def seconds_until_next(requests: Iterable[int], now: datetime) -> int:
    """Return the seconds until one more request may send a mail, at least 1."""
    counting = recent(requests, now)
    return max(1, counting[-REQUESTS_MAX] + int(WINDOW.total_seconds()) - int(now.timestamp()))


def may_send(requests: Iterable[int], now: datetime) -> bool:
    """Return whether one more request may send a mail."""
    return len(recent(requests, now)) < REQUESTS_MAX
