"""Remembers how regularly the groups of a busy account are written, as their leader has said in the lease.

Each look for a record costs a call. A process that serves one request of a busy account usually serves the next one,
too. What it remembers says only when to look: what is wrong costs a look more, or a wait.
"""

import time
from collections.abc import MutableMapping

from chalicelib.domain.ledger.group_rounds import Rounds

KEPT_SECONDS = 10.0
ACCOUNTS_MAX = 64

noted: MutableMapping[str, tuple[float, Rounds]] = {}
"""By account, with when it was noted (of `time.monotonic`)."""


def of(account_id: str) -> Rounds | None:
    """Return how regularly groups are written, or None if this process does not know."""
    noted_at, rounds = noted.get(account_id) or (0.0, None)
    return rounds if time.monotonic() - noted_at < KEPT_SECONDS else None


def note(account_id: str, rounds: Rounds | None) -> None:
    """Note how regularly groups are written, or that nobody can say."""
    if rounds is None:
        noted.pop(account_id, None)
        return
    if len(noted) >= ACCOUNTS_MAX and account_id not in noted:
        noted.clear()
    noted[account_id] = time.monotonic(), rounds
