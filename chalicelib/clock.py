"""The bank's clock: the only module that reads the time, so that a test or a demo can set it.

In this process use `set_clock`. For deployed functions use the setting `CLOCK_AHEAD_SECONDS`, which works in stage
`local` only: elsewhere money depends on the real time.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from chalicelib import config, resources
from chalicelib.domain import time
from chalicelib.domain.errors import ClockSkew
from chalicelib.domain.time import CLOCK_PULL_MAX
from chalicelib.observability import count, logger


def _system_clock() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=config.clock_ahead_seconds())


_clock: Callable[[], datetime] = _system_clock
_error = timedelta(0)
"""How far the system's clock was ahead of DynamoDB's when they were last compared."""


def now() -> datetime:
    """The present moment, in UTC."""
    return _clock()


def set_clock(clock: Callable[[], datetime] | None) -> None:
    """Replace the clock; `None` restores the system's."""
    global _clock
    _clock = clock or _system_clock


def system_now() -> datetime:
    """Return the time of this machine, whatever the bank's clock was set to."""
    return datetime.now(UTC)


def compare(sent: datetime, answered: datetime, received: datetime) -> None:
    """Compare this machine's clock with DynamoDB's; `sent` and `received` are results of `system_now`."""
    global _error
    _error = time.clock_error(sent, answered, received)


def next_timestamp(present: datetime, after: Mapping[str, str]) -> str:
    """Return the time of what comes after other records, whose times are given by their names.

    Raises ClockSkew when one of them is too far ahead of the present, or this machine's clock is too far from
    DynamoDB's. Logs and counts it: an alarm rings.
    """
    try:
        if abs(_error) > CLOCK_PULL_MAX:
            raise ClockSkew.of(0)
        return time.next_timestamp(present, after.values())
    except ClockSkew:
        here = time.timestamp(present)
        ahead = {name: at for name, at in after.items() if at > here}
        logger.error("clock skew", now=here, ahead_of_database_seconds=_error.total_seconds(), ahead_of_now=ahead)
        count("ClockSkew", stage=resources.stage())
        raise
