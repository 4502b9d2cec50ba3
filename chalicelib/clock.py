"""The one place where the bank asks what time it is, so that a test or a demo can set it through `set_clock`."""

from collections.abc import Callable
from datetime import UTC, datetime


def _system_clock() -> datetime:
    return datetime.now(UTC)


_clock: Callable[[], datetime] = _system_clock


def now() -> datetime:
    """The present moment, in UTC."""
    return _clock()


def set_clock(clock: Callable[[], datetime] | None) -> None:
    """Replace the clock; `None` restores the system's."""
    global _clock
    _clock = clock or _system_clock
