"""Says when a request of a busy account looks for its record, for each look costs a call.

A request has read when the account's last entry was made, and its process remembers how regularly groups are written.
So the first looks come right after a write is over. Later ones, and those of a process that remembers nothing, come the
less often the longer a request has waited.
"""

import random
import time
from collections.abc import Iterator
from itertools import count

from chalicelib import clock
from chalicelib.domain.time import moment
from chalicelib.models.ledger.crowd import AccountIsHot
from chalicelib.services.payments import group_pace

AIMED_LOOKS = 3
"""Right after the end of a write: whose record is not there by then waits for something else."""
MARGIN_SECONDS = 0.002
"""After the expected end of a write, for rounds differ."""
AGAIN_SECONDS = 0.005
"""After the first look: a write may be over a little later than expected."""
LOOK_SECONDS = 0.0035
"""From the beginning of a look to the moment at which DynamoDB reads."""
ROUNDS_MIN = 2
"""From an intent to the end of the write that has it: the round in which it is decided, and that of the write."""
EARLIER_SECONDS = 0.0045
"""By which the first of them may have begun before the intent was stored: then its intents are read."""
SOONEST_SECONDS = 0.042
"""From the intent to the end of its group's write, for the second look of one that is not aimed: about two rounds."""
PAUSE_SECONDS_MIN, PAUSE_SECONDS_MAX = 0.004, 0.4
"""Between two looks later. The longer a request has waited, the less often it looks."""
PAUSES_SHARE, LATE_PAUSES_SHARE = 1 / 12, 1 / 4
"""Of the time that a request has waited, for its next pause: the second where it has waited for longer than others."""
LATE_SECONDS, LATE_SHARE = 0.1, 1.5
"""After which a request has waited for longer than others, or what share of its first pause: looking more often would
only keep the leader from its work."""
FIRST_SPREAD, SPREAD = 0.1, 0.5
"""How much shorter or longer than its mean a pause may be, by chance."""


class Looks:
    """The pauses of one request before its looks, from the moment at which its intent is stored."""

    def __init__(self, hot: AccountIsHot, until: float):
        self._hot, self._until = hot, until
        self._began = time.monotonic()
        self._first = group_pace.first_pause(hot.account_id)

    def pauses(self) -> Iterator[float]:
        """Yield the seconds to wait before each look, until the time is over."""
        for look in count():
            left = self._until - time.monotonic()
            if left <= 0:
                return
            pause = self._pause_until_end(look)
            yield min(self._pause_as_usual(look) if pause is None else pause, left)

    def _pause_until_end(self, look: int) -> float | None:
        """Return the seconds until a write is over that may have the record, or None if nobody can say when."""
        rounds, last_entry_at = group_pace.rounds(self._hot.account_id), self._hot.last_entry_at
        if rounds is None or last_entry_at is None or look >= AIMED_LOOKS:
            return None
        if look == 1:
            return AGAIN_SECONDS
        soonest = max(self._first, ROUNDS_MIN * rounds.seconds - EARLIER_SECONDS) - self._waited
        entry_age = (clock.now() - moment(last_entry_at)).total_seconds()
        end = rounds.next_end(entry_age, PAUSE_SECONDS_MIN if look else soonest)
        return None if end is None else max(end - LOOK_SECONDS + MARGIN_SECONDS, 0)

    def _pause_as_usual(self, look: int) -> float:
        if look == 0:
            return _vary(self._first, FIRST_SPREAD)
        waited, late = self._waited, max(LATE_SECONDS, self._first * LATE_SHARE)
        share = PAUSES_SHARE if waited < late else LATE_PAUSES_SHARE
        return _vary(min(max(PAUSE_SECONDS_MIN, SOONEST_SECONDS - waited, waited * share), PAUSE_SECONDS_MAX), SPREAD)

    @property
    def _waited(self) -> float:
        return time.monotonic() - self._began


def _vary(seconds: float, spread: float) -> float:
    return random.uniform(seconds * (1 - spread), seconds * (1 + spread))
