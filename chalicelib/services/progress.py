"""Progress of long work, in words, for the caller that passes a `Progress`."""

import time
from collections.abc import Callable

Progress = Callable[[str], None]


def ignore(_: str) -> None:
    """Tell nobody."""


class Pace:
    """Tells how far long work is, how fast it goes, and how much time is left at that pace."""

    def __init__(self, tell: Progress):
        self._tell, self._started = tell, time.monotonic()

    def tell(self, done: int, total: int, what: str) -> None:
        seconds = max(time.monotonic() - self._started, 0.001)
        left = seconds * max(total - done, 0) / max(done, 1)
        self._tell(f"{done} of {max(total, done)} {what}: {done / seconds:.0f} a second, {_duration(left)} left")


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
