"""When a delivery is attempted: ten attempts within 75 hours, by the schedule that Standard Webhooks recommends."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

DELAYS = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""The pause before each attempt, counted from the one before it."""
ATTEMPTS_MAX = len(DELAYS)
JITTER = 0.1
"""A pause is up to a tenth shorter or longer, so deliveries that failed together do not come back together."""
RETRY_AFTER_MAX = timedelta(days=365)
"""What a receiver may ask for and is understood; the caller decides how much of it to honour."""


def delay_before(attempt: int, uniform: Callable[[], float] = random.random) -> timedelta | None:
    """Return the pause before an attempt, counted from 1; None if there is no such attempt.

    `uniform` returns a number from 0 to 1.
    """
    if attempt > ATTEMPTS_MAX:
        return None
    return DELAYS[attempt - 1] * (1 + JITTER * (2 * uniform() - 1))


def retry_after_seconds(header: str | None, now: datetime) -> int | None:
    """Return the seconds of a `Retry-After` header: a number, or a date by HTTP. None if it is neither."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        seconds = int(text[:12])
    else:
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        seconds = max(0, round((at - now).total_seconds()))
    return min(seconds, int(RETRY_AFTER_MAX.total_seconds()))
