"""Invitations of customers: how long one is valid, how often one is sent, and what its code looks like. Pure rules."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

VALID = timedelta(days=7)
INVITATIONS_MAX = 3
"""Invitations of one customer within the window, whenever it begins."""
WINDOW = timedelta(days=1)
GUESSES_MAX = 5
"""Dates of birth that may be tried with one invitation."""
_CODE = re.compile(r"(cus_[0-9A-HJKMNP-TV-Z]{26})\.([A-Za-z0-9_-]{43})", re.ASCII)


def code_of(customer_id: str, secret: str) -> str:
    """Return the code that the mail contains. It names the customer, so that looking it up is one read by key."""
    return f"{customer_id}.{secret}"


def parts_of(code: str) -> tuple[str, str] | None:
    """Return customer and secret of a code, or None if the code is malformed."""
    found = _CODE.fullmatch(code)
    return (found[1], found[2]) if found else None


def recent(requests: Iterable[int], now: datetime) -> list[int]:
    """Return the invitations (epoch seconds) that still count, oldest first."""
    return sorted(request for request in requests if request > (now - WINDOW).timestamp())


def seconds_until_next(requests: Iterable[int], now: datetime) -> int:
    """Return the seconds until the customer may be invited again; 0 if it may be now."""
    counting = recent(requests, now)
    if len(counting) < INVITATIONS_MAX:
        return 0
    return max(1, counting[-INVITATIONS_MAX] + int(WINDOW.total_seconds()) - int(now.timestamp()))
