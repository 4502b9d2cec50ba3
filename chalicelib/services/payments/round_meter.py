"""Measures how regularly a leader's groups are written, for the requests that wait for their records."""

import time

from chalicelib import clock
from chalicelib.domain.ledger.group_rounds import Rounds
from chalicelib.domain.time import moment
from chalicelib.models.ledger.shared_write import Group

NEWER_SHARE = 0.1
"""Of the last round, or break, in what is known."""
STEADY_SHARE = 0.7
"""Of groups that follow the one before at once, without which nobody can say when the next write is over."""


class RoundMeter:
    """The rounds of one leader, and of those before it."""

    def __init__(self, known: Rounds | None):
        self._rounds = known
        self._steady = 1.0 if known else 0.5
        self._began = 0.0
        self._ended: float | None = None

    @property
    def rounds(self) -> Rounds | None:
        """Return how regularly groups are written, or None if they are not."""
        return self._rounds if self._steady >= STEADY_SHARE else None

    def note_begin(self) -> None:
        """Note that a write begins."""
        self._began = time.monotonic()

    def note_end(self, group: Group) -> None:
        """Note that the write of a group is over."""
        now, before, last_entry_at = time.monotonic(), self._ended, group.last_entry_at
        self._ended = now
        if before is None or last_entry_at is None:
            return
        newest = Rounds(now - before, (clock.now() - moment(last_entry_at)).total_seconds())
        self._rounds = self._rounds.mix(newest, NEWER_SHARE) if self._rounds else newest
        self._steady += (1 - self._steady) * NEWER_SHARE

    def note_break(self) -> None:
        """Note that the next write does not follow the one before at once."""
        if self._ended is None:
            return
        self._ended = None
        self._steady -= self._steady * NEWER_SHARE

    def seconds_left(self, writes: int) -> float:
        """Return the seconds until so many writes are over, of which the first one is under way; 0 if nobody knows."""
        if self._rounds is None:
            return 0
        return max(0, self._began + writes * self._rounds.seconds - time.monotonic())

    def ends_soon(self, end: float) -> bool:
        """Return whether there is no time for a group after the next one until the `end`, of `time.monotonic`."""
        return self._rounds is not None and time.monotonic() + self._rounds.seconds > end
