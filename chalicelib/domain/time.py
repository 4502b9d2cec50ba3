"""Moments as the ledger writes them, and the days they fall on."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo

TICK = timedelta(microseconds=1)


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with six decimals, always: text sorts as time does only when no zero is ever dropped."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> datetime:
    """The inverse of `timestamp`, for text that the bank wrote."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def next_timestamp(now: datetime, latest: Iterable[str]) -> str:
    """When a posting happens: now, or just after the last entry of any account it touches, if that is later.

    Clocks of machines differ and run backwards; the entries of one account must not.
    """
    after = [moment(text) + TICK for text in latest if text]
    return timestamp(max([now, *after]))


def day(text: str, zone: tzinfo) -> date:
    """The bank's day on which a timestamp falls."""
    return moment(text).astimezone(zone).date()
