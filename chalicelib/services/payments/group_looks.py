"""Says when a request of a busy account looks for its record, for each look costs a call.

The leader says how old an intent is when the write ends that has it, and how regularly groups are written. If they are
written regularly, a request looks right after the end of a write, for it has read when the account's last entry was
made. Otherwise it looks some time after its intent is old enough.
"""

import random
import time
from collections.abc import Iterator
from itertools import count

from chalicelib import clock
from chalicelib.domain.ledger.group_rounds import Rounds
from chalicelib.domain.time import moment
from chalicelib.models.ledger.crowd import AccountIsHot
from chalicelib.services.payments import known_rounds

FIRST_SECONDS = 0.02
"""Before the first look of a process that knows nothing: it finds out whether anybody leads."""
AIMED_LOOKS = 3
"""Right after the end of a write: whose record is not there by then waits for something else."""
MARGIN_SECONDS = 0.002
"""After the expected end of a write, for rounds differ."""
AGAIN_SECONDS = 0.005
"""After the first look: a write may be over a little later than expected."""
LOOK_SECONDS = 0.0035
"""From the beginning of a look to the moment at which DynamoDB reads."""
STORED_SECONDS = 0.0065
"""From the moment at which an intent can be read to the answer that it is stored."""
ROUNDS_LATER = 0.75
"""After an intent is old enough, until its look, and between two later ones: its group may have begun a round later."""
WAITED_SHARE, UNKNOWN_SHARE = 1 / 6, 1 / 2
"""Of the time that a request has waited, for its next pause at least: the second where nobody has said anything yet."""
PAUSE_SECONDS_MIN, PAUSE_SECONDS_MAX = 0.004, 0.5
"""Between two looks: what the leader has said may have changed."""
SPREAD, LATER_SPREAD = 0.1, 0.5
"""How much shorter or longer than its mean a pause may be, by chance: the second where nobody says when the record is
there. If the leader was killed, one of those who wait should find out soon."""


class Looks:
    """The pauses of one request before its looks, from the moment at which its intent is stored."""

    def __init__(self, hot: AccountIsHot, until: float):
        self._hot, self._until = hot, until
        self._began = time.monotonic()

    def pauses(self) -> Iterator[float]:
        """Yield the seconds to wait before each look, until the time is over."""
        for look in count():
            left = self._until - time.monotonic()
            if left <= 0:
                return
            yield min(self._pause(look), PAUSE_SECONDS_MAX, left)

    def _pause(self, look: int) -> float:
        rounds, waited = known_rounds.of(self._hot.account_id), time.monotonic() - self._began
        if rounds is None:
            return _vary(max(FIRST_SECONDS, waited * UNKNOWN_SHARE), LATER_SPREAD if look else SPREAD)
        young = rounds.age_seconds - STORED_SECONDS - waited
        aimed = self._pause_until_end(rounds, look, young)
        if aimed is not None:
            return aimed
        later = rounds.seconds * ROUNDS_LATER
        if young > 0:
            return _vary(young + later, SPREAD)
        return _vary(max(later, waited * WAITED_SHARE, PAUSE_SECONDS_MIN), LATER_SPREAD)

    def _pause_until_end(self, rounds: Rounds, look: int, young: float) -> float | None:
        """Return the seconds until a write is over that may have the record, or None if nobody can say when."""
        last_entry_at = self._hot.last_entry_at
        if last_entry_at is None or look >= AIMED_LOOKS:
            return None
        entry_age = (clock.now() - moment(last_entry_at)).total_seconds()
        end = rounds.next_end(entry_age, max(young, PAUSE_SECONDS_MIN) if look else young)
        if end is None:
            return None
        return AGAIN_SECONDS if look == 1 and young <= 0 else max(end - LOOK_SECONDS + MARGIN_SECONDS, 0)


def _vary(seconds: float, spread: float) -> float:
    return random.uniform(seconds * (1 - spread), seconds * (1 + spread))
