"""Keeps tests within one day: one that would begin shortly before a midnight runs as if it were after it.

Tests make payments and read the day, the month or the statement that has them. A test that a midnight cuts in two would
find them in the day before. What the bank does at a midnight has tests with clocks of their own.
"""

from datetime import UTC, datetime, timedelta, tzinfo

import time_machine

from chalicelib import config

MARGIN = timedelta(seconds=200)
"""More than a test may take: `timeout` in pyproject.toml."""


def after_midnight(now: datetime, zones: tuple[tzinfo, ...]) -> datetime:
    """Return the moment at which to begin a test: now, or after the midnight that would come during it."""
    while any((now + MARGIN).astimezone(zone).date() > now.astimezone(zone).date() for zone in zones):
        now += MARGIN
    return now


def keep_off() -> None:
    """Move the clock of this process if a midnight of UTC or of the bank is near.

    It is not moved back: what the tests of this process share would be from later than a test that reads it.
    """
    now = datetime.now(UTC)
    begin = after_midnight(now, (UTC, config.timezone()))
    if begin != now:
        time_machine.travel(begin, tick=True).start()
