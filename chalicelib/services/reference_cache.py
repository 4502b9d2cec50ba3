"""Reference data, which is read often and changes seldom, kept in memory for a short time.

A process keeps what it has read until the window ends in which it read it: windows are `REFERENCE_CACHE_SECONDS` long
and begin at the same moments everywhere. What clients may keep ends with the same window, so that a change is seen by
everybody within that time, however many keep it on the way. The process that writes forgets at once.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from chalicelib import clock, config

P = ParamSpec("P")
T = TypeVar("T")

KEPT_MAX = 256
"""Answers that a process keeps, for clients choose cursors and limits."""

_kept: dict[tuple[Any, ...], Any] = {}
_window: object = None


def kept(load: Callable[P, T]) -> Callable[P, T]:
    """Keep what a function answers, by its (hashable) arguments. All who ask get the same object: do not change it."""

    @wraps(load)
    def answer(*args: P.args, **kwargs: P.kwargs) -> T:
        asked = (_open_window(), load, args, *sorted(kwargs.items()))
        if asked in _kept:
            found: T = _kept[asked]
            return found
        loaded = load(*args, **kwargs)
        if len(_kept) >= KEPT_MAX:
            _kept.clear()
        _kept[asked] = loaded
        return loaded

    return answer


def forget() -> None:
    """Read everything anew. Call it after a write to what is kept."""
    _kept.clear()


def seconds_left() -> int:
    """Return the seconds for which a response may be cached: until the window ends, rounded down."""
    seconds = config.reference_cache_seconds()
    return int(seconds - clock.now().timestamp() % seconds) if seconds else 0


def _open_window() -> object:
    """Clear the cache if another window has begun."""
    global _window
    seconds = config.reference_cache_seconds()
    window = (seconds, clock.now().timestamp() // seconds) if seconds else object()
    if window != _window:
        _kept.clear()
        _window = window
    return window
