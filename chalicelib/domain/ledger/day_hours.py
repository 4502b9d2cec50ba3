"""Hours of a day of the bank, by which a sum of 24 hours reaches back beyond midnight."""

from datetime import date, timedelta, tzinfo

from chalicelib.domain.time import moment, start_of

HOUR, SPAN = timedelta(hours=1), timedelta(hours=24)
HOURS_MAX = 25
"""Of the day on which clocks are put back by an hour."""


def hour_of(at: str, day: str, zone: tzinfo) -> int:
    """Return how many hours of a day were over at a timestamp: the day's first hour before it, its last one after it.

    Hours have 60 minutes also on days when clocks change.
    """
    passed = (moment(at) - start_of(date.fromisoformat(day), zone)) // HOUR
    return min(max(passed, 0), HOURS_MAX - 1)


def hours_within(at: str, day: str, zone: tzinfo) -> range:
    """Return the hours of a day of which any part is within the 24 hours before a timestamp."""
    begun = moment(at) - SPAN - start_of(date.fromisoformat(day), zone)
    return range(min(max(begun // HOUR, 0), HOURS_MAX), HOURS_MAX)


def day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def has_just_begun(at: str, day: str, zone: tzinfo, settling: timedelta) -> bool:
    """Return whether a day is so young that writes of the day before may not all have landed yet."""
    return moment(at) - start_of(date.fromisoformat(day), zone) < settling
