"""The bank's clock: the only module that reads the time, so that a test or a demo can set it.

In this process use `set_clock`. For deployed functions use the setting `CLOCK_AHEAD_SECONDS`, which works in stage
`local` only: elsewhere money depends on the real time.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from chalicelib import config


def _system_clock() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=config.clock_ahead_seconds())


_clock: Callable[[], datetime] = _system_clock


def now() -> datetime:
    """The present moment, in UTC."""
    return _clock()


def set_clock(clock: Callable[[], datetime] | None) -> None:
    """Replace the clock; `None` restores the system's."""
    global _clock
    _clock = clock or _system_clock
