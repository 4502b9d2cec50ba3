"""Remembers how long requests of this process have waited for their groups, so that the next one looks once.

Each look costs a call. A process that serves one request of a busy account usually serves the next one, too. What it
remembers says only when to look: one that is wrong costs a look more, or a wait.
"""

import time
from collections.abc import MutableMapping
from dataclasses import dataclass, replace

from chalicelib.domain.ledger.group_rounds import Rounds

FIRST_SECONDS = 0.02
"""Before the first look of a process that remembers nothing: it finds out whether anybody leads."""
SECONDS_MAX = 0.6
KEPT_SECONDS = 10.0
ACCOUNTS_MAX = 64
LATER_SHARE = 0.3
"""Of the time for which a look came too early, to add before the next request's first look."""
AIMED_LOOKS = 2
"""Right after the expected end of a round: rounds differ, so the second one of them is not too early."""
AIMED_LATER_SHARE = 0.1
"""The same where the end of a round was met: a look that missed it comes a whole round later."""
GROWTH_MAX = 1.5
"""At most, for one wait of many may be long by a rare chance."""
SOONER, IN_VAIN = 0.97, 0.5
"""What is left of a pause after which the record was there, again for each time in a row, and of one in which nobody
led."""


@dataclass(frozen=True)
class Pace:
    """The pause (seconds) before the first look, when it was noted (of `time.monotonic`), and for how many requests in
    a row it was long enough. `rounds` are how regularly groups are written, as their leader has said."""

    seconds: float
    noted_at: float
    streak: int = 0
    rounds: Rounds | None = None


paces: MutableMapping[str, Pace] = {}
"""By account."""


def first_pause(account_id: str) -> float:
    """Return the seconds before a request looks for its record for the first time."""
    return _pace(account_id).seconds


def rounds(account_id: str) -> Rounds | None:
    """Return how regularly groups are written, or None if this process does not know."""
    return _pace(account_id).rounds


def note_rounds(account_id: str, rounds: Rounds | None) -> None:
    """Note how regularly groups are written, or that they are not."""
    _keep(account_id, replace(_pace(account_id), rounds=rounds))


def note_found(account_id: str, waited: float, looks: int) -> None:
    """Note how many seconds and looks it took until a request found its record."""
    pace = _pace(account_id)
    if looks > (AIMED_LOOKS if pace.rounds else 1):
        later = pace.seconds + (waited - pace.seconds) * (AIMED_LATER_SHARE if pace.rounds else LATER_SHARE)
        _keep(account_id, replace(pace, seconds=min(later, pace.seconds * GROWTH_MAX), streak=0))
    else:
        streak = pace.streak + 1
        _keep(account_id, replace(pace, seconds=pace.seconds * SOONER**streak, streak=streak))


def note_in_vain(account_id: str) -> None:
    """Note that a first look has found nobody who leads."""
    pace = _pace(account_id)
    _keep(account_id, replace(pace, seconds=pace.seconds * IN_VAIN, streak=0))


def _pace(account_id: str) -> Pace:
    now, pace = time.monotonic(), paces.get(account_id)
    return pace if pace and now - pace.noted_at < KEPT_SECONDS else Pace(FIRST_SECONDS, now)


def _keep(account_id: str, pace: Pace) -> None:
    if len(paces) >= ACCOUNTS_MAX and account_id not in paces:
        paces.clear()
    seconds = min(max(pace.seconds, FIRST_SECONDS), SECONDS_MAX)
    paces[account_id] = replace(pace, seconds=seconds, noted_at=time.monotonic())
