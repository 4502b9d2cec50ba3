"""Moments as the ledger writes them, and the days they fall on."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo

from chalicelib.domain.errors import ClockSkew

TICK, SECOND = timedelta(microseconds=1), timedelta(seconds=1)
CLOCK_PULL_MAX = timedelta(seconds=5)
"""How far the clocks of two machines may differ, and so how far an entry of one may pull the time of another's posting.

Far less than the minute after which entries are sealed and balances are verified.
"""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(_DATE.pattern + r"[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
"""RFC 3339, where T and Z may be lower-case. Python's own reader also takes what else ISO 8601 has, such as weeks."""
_WRITTEN = re.compile(_DATE.pattern + r"T\d{2}:\d{2}:\d{2}\.\d{6}Z", re.ASCII)
"""The result of `timestamp`."""


def timestamp(moment: datetime) -> str:
    """Return RFC 3339 in UTC with exactly six decimals: only then does text sort as time does."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    # Not strftime: it writes the year 900 with three digits.
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def moment(text: str) -> datetime:
    """Parse the result of `timestamp`, for text that the bank wrote. Raises ValueError."""
    if _WRITTEN.fullmatch(text):
        return datetime.fromisoformat(text)  # strptime takes 30 times as long
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def next_timestamp(now: datetime, latest: Iterable[str]) -> str:
    """Return the time of a posting: now, or just after the last entry of any account it touches, if that is later.

    Clocks of machines differ and run backwards; the entries of one account must not. Raises ClockSkew if the last entry
    is more than CLOCK_PULL_MAX ahead of now: else one wrong clock would date what all others write after it.
    """
    last = max((moment(text) for text in latest if text), default=now - TICK)
    if last > now + CLOCK_PULL_MAX:
        raise ClockSkew.of((last - now - CLOCK_PULL_MAX).total_seconds())
    return timestamp(max(now, last + TICK))


def clock_error(sent: datetime, answered: datetime, received: datetime) -> timedelta:
    """Return how far this machine's clock is ahead of a server's, at least: negative if behind, zero if they may agree.

    `sent` and `received` are by this clock. `answered` is the server's, cut to whole seconds as HTTP writes it.
    """
    if received < answered:
        return received - answered
    return max(sent - answered - SECOND, timedelta(0))


def day(text: str, zone: tzinfo) -> date:
    """Return the bank's day of a timestamp."""
    return moment(text).astimezone(zone).date()


def utc_days(first: str, last: str) -> list[str]:
    """Return the UTC days from one timestamp to another, both included."""
    start, end = date.fromisoformat(first[:10]), date.fromisoformat(last[:10])
    return [(start + timedelta(days=number)).isoformat() for number in range((end - start).days + 1)]


def parse_moment(text: str) -> datetime:
    """Parse a client's RFC 3339 timestamp with offset. Raises ValueError with a message for the client."""
    try:
        parsed = datetime.fromisoformat(text.upper()) if _MOMENT.fullmatch(text) else None
    except ValueError:
        parsed = None
    if parsed is None:
        raise ValueError("must be a timestamp such as 2026-11-21T08:30:00Z")
    return parsed.astimezone(UTC)


def parse_bound(text: str, zone: tzinfo, *, end: bool) -> str:
    """Parse an end of a range: a timestamp, or a bank's day, of which the end is its last microsecond.

    Returns a timestamp. Raises ValueError with a message for the client.
    """
    try:
        if not _DATE.fullmatch(text):
            return timestamp(parse_moment(text))
        midnight = datetime.combine(date.fromisoformat(text), datetime.min.time(), tzinfo=zone)
    except ValueError:
        raise ValueError("must be a date such as 2026-11-21 or a timestamp such as 2026-11-21T08:30:00Z") from None
    return timestamp(_next_midnight(midnight, zone) - TICK if end else midnight)


def start_of(day: date, zone: tzinfo) -> datetime:
    """Return the first moment of one of the bank's days, in UTC, also where clocks skip midnight."""
    return datetime.combine(day, datetime.min.time(), tzinfo=zone).astimezone(UTC)


def _next_midnight(midnight: datetime, zone: tzinfo) -> datetime:
    return start_of(midnight.date() + timedelta(days=1), zone)
