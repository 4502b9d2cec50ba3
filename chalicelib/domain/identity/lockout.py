"""Lock-out: how long an attempt at a password must wait, by the failures before it.

Failures at an address count by their *origin*: the source they came from (a network), or a known device of the
address's user. So a stranger's failures do not lock out the owner, who comes from elsewhere. Those of all sources
together count as well, with a higher limit; a known device is exempt from that limit. Failures from one source at any
address are slowed down, too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

MEMORY_SECONDS = 24 * 60 * 60
"""Failures older than this are forgotten."""
UNLOCKS_MAX = 3
"""Staff may unlock one user so often within MEMORY_SECONDS: each time gives somebody more guesses."""
SOURCE_PAUSE_SECONDS = 60
"""The pause between two attempts of a source that has failed too often in a UTC day, at whatever addresses."""

Failures = Mapping[str, Sequence[int]]
"""The times of failures in epoch seconds, by origin."""

_DEVICE = "device "


@dataclass(frozen=True)
class Rule:
    """After `free` failures the next attempt must wait, and twice as long after each further failure."""

    free: int
    first_wait_seconds: int
    wait_seconds_max: int

    def wait_after(self, failures: int) -> int:
        """Return the seconds that must pass between the last of so many failures and the next attempt."""
        if failures < self.free:
            return 0
        doublings = min(failures - self.free, 20)
        return int(min(self.first_wait_seconds * 2**doublings, self.wait_seconds_max))

    def seconds_to_wait(self, failures: Sequence[int], now: int) -> int:
        """Return the seconds until another attempt is allowed; 0 if it is allowed now."""
        wait = self.wait_after(len(failures))
        return max(0, max(failures) + wait - now) if wait else 0


ORIGIN = Rule(free=5, first_wait_seconds=15 * 60, wait_seconds_max=4 * 60 * 60)
"""Of one origin at one address: no fifteen minutes see more than five guesses."""
ADDRESS = Rule(free=50, first_wait_seconds=60, wait_seconds_max=60 * 60)
"""Of all sources together at one address."""


def origin_of(source: str, device: str | None) -> str:
    """Return the origin of an attempt: the known device that made it, else its source."""
    return f"{_DEVICE}{device}" if device else source


def recent(failures: Failures, now: int) -> dict[str, list[int]]:
    """Return the failures that still count, oldest first."""
    kept = {origin: recent_times(times, now) for origin, times in failures.items()}
    return {origin: times for origin, times in kept.items() if times}


def recent_times(times: Iterable[int], now: int) -> list[int]:
    """Return the times that are not older than MEMORY_SECONDS, oldest first."""
    return sorted(time for time in times if time > now - MEMORY_SECONDS)


def seconds_to_wait(failures: Failures, origin: str, now: int) -> int:
    """Return the seconds until another attempt of this origin is allowed; 0 if it is allowed now."""
    counting = recent(failures, now)
    wait = ORIGIN.seconds_to_wait(counting.get(origin, []), now)
    if origin.startswith(_DEVICE):
        return wait
    of_sources = [time for other, times in counting.items() if not other.startswith(_DEVICE) for time in times]
    return max(wait, ADDRESS.seconds_to_wait(of_sources, now))


def with_failure(failures: Failures, origin: str, now: int) -> dict[str, list[int]]:
    """Return the failures that still count, and one more of this origin."""
    counting = recent(failures, now)
    return {**counting, origin: [*counting.get(origin, []), now]}


def without(failures: Failures, origin: str, now: int) -> dict[str, list[int]]:
    """Return the failures that still count, but for those of this origin: it has given the right password."""
    return {other: times for other, times in recent(failures, now).items() if other != origin}


def seconds_until_unlock(unlocks: Sequence[int], now: int) -> int:
    """Return the seconds until staff may unlock the user again; 0 if they may now."""
    counting = recent_times(unlocks, now)
    return counting[-UNLOCKS_MAX] + MEMORY_SECONDS - now if len(counting) >= UNLOCKS_MAX else 0
