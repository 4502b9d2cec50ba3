"""Measures how regularly a leader's groups are written, for the requests that wait for their records."""

import time
from dataclasses import replace
from datetime import datetime

from chalicelib import clock
from chalicelib.domain.ledger.group_rounds import Rounds
from chalicelib.domain.time import moment
from chalicelib.models.ledger.shared_write import Group

NEWER_SHARE = 0.1
"""Of the last round, or break, in what is known."""
EVEN_SHARE = 0.7
"""Of rounds that are about as long as the others, without which nobody can say when the next write is over."""
UNEVEN = 0.25
"""By what share of it a round may be shorter or longer."""


class RoundMeter:
    """The rounds of one leader, and of those before it."""

    def __init__(self, known: Rounds | None):
        self._rounds, self._is_guess = known, known is None
        self._even = 1.0 if known and known.lag_seconds is not None else 0.5
        self._began, self._read_to = 0.0, clock.now()
        self._ended: float | None = None

    @property
    def rounds(self) -> Rounds | None:
        """Return what is known of rounds, or None."""
        if self._rounds is None or self._even >= EVEN_SHARE:
            return self._rounds
        return replace(self._rounds, lag_seconds=None)

    def note_begin(self, read_to: datetime) -> None:
        """Note that the write of a group begins, which has the intents that were stored up to a moment."""
        self._began, self._read_to = time.monotonic(), read_to

    def note_end(self, group: Group) -> None:
        """Note that the write of a group is over."""
        now, before, last_entry_at = time.monotonic(), self._ended, group.last_entry_at
        self._ended = now
        if last_entry_at is None:
            return
        seconds = now - (self._began if before is None else before)
        newest = Rounds(_seconds_since(self._read_to), seconds, _seconds_since(moment(last_entry_at)))
        known = newest if self._is_guess or self._rounds is None else self._rounds
        if before is None:  # after a break, or at first: the write alone tells nothing of rounds
            newest = replace(known, age_seconds=newest.age_seconds)
        else:
            self._is_guess = False
            self._note_even(is_even=abs(seconds - known.seconds) <= known.seconds * UNEVEN)
        self._rounds = known.mix(newest, NEWER_SHARE)

    def note_break(self) -> None:
        """Note that the next write does not follow the one before at once."""
        if self._ended is None:
            return
        self._ended = None
        self._note_even(is_even=False)

    def seconds_of(self, rounds: int) -> float:
        """Return how long so many rounds take; 0 if nobody knows."""
        return rounds * self._rounds.seconds if self._rounds else 0

    def seconds_left(self, writes: int) -> float:
        """Return the seconds until so many writes are over, of which the first one is under way; 0 if nobody knows."""
        return max(0, self._began + self.seconds_of(writes) - time.monotonic()) if self._rounds else 0

    def ends_soon(self, end: float) -> bool:
        """Return whether there is no time for a group after the next one until the `end`, of `time.monotonic`."""
        return self._rounds is not None and time.monotonic() + self._rounds.seconds > end

    def _note_even(self, *, is_even: bool) -> None:
        self._even += (is_even - self._even) * NEWER_SHARE


def _seconds_since(at: datetime) -> float:
    return (clock.now() - at).total_seconds()
