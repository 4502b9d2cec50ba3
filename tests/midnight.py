"""Keeps tests within one day: one that would begin shortly before a midnight begins after it.

Tests make payments and read the day, the month or the statement that has them. A test that a midnight cuts in two would
find them in the day before. What the bank does at a midnight has tests with clocks of their own.
"""

import time
from datetime import UTC, datetime, timedelta, tzinfo

import time_machine

from chalicelib import config

MARGIN = timedelta(seconds=620)
"""More than a test may take: `timeout` in pyproject.toml."""
USUAL = timedelta(seconds=60)
"""More than nearly all tests of a running bank take, whose clock nobody moves: they wait for the midnight."""
POLL_SECONDS = 0.5


def after_midnight(now: datetime, zones: tuple[tzinfo, ...], margin: timedelta = MARGIN) -> datetime:
    """Return the moment at which to begin a test: now, or after the midnight that would come within the margin."""
    while any((now + margin).astimezone(zone).date() > now.astimezone(zone).date() for zone in zones):
        now += margin
    return now


def keep_off() -> None:
    """Move the clock of this process if a midnight of UTC or of the bank is near.

    It is not moved back: what the tests of this process share would be from later than a test that reads it.
    """
    now = datetime.now(UTC)
    begin = after_midnight(now, (UTC, config.timezone()))
    if begin != now:
        time_machine.travel(begin, tick=True).start()


def wait_until_far(margin: timedelta = USUAL) -> None:
    """Wait while a midnight of UTC or of the bank comes within the margin: for tests of a bank in other processes."""
    while after_midnight(now := datetime.now(UTC), (UTC, config.timezone()), margin) != now:
        time.sleep(POLL_SECONDS)
