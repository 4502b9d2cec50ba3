"""Lockout: how many failed attempts an e-mail address has, and how long it must wait for the next one.

A sliding window, so that no fifteen minutes ever see more guesses than allowed, whenever they begin.
"""

from collections.abc import Iterable

FAILURES_MAX = 5
WINDOW_SECONDS = 15 * 60


def recent(attempts: Iterable[int], now: int) -> list[int]:
    """Return the attempts (epoch seconds) that still count, oldest first."""
    return sorted(attempt for attempt in attempts if attempt > now - WINDOW_SECONDS)


def seconds_to_wait(attempts: Iterable[int], now: int) -> int:
    """Return the seconds until another attempt is allowed; 0 if it is allowed now."""
    counting = recent(attempts, now)
    if len(counting) < FAILURES_MAX:
        return 0
    return counting[-FAILURES_MAX] + WINDOW_SECONDS - now
