"""How the ledger tried again before it was measured, to be compared with `transact.attempts`."""

import random
import time
from collections.abc import Iterator

ATTEMPTS_MAX = 30
DEADLINE_SECONDS = 4.0
BACKOFF_SECONDS = 0.01
BACKOFF_SECONDS_MAX = 0.3


def attempts() -> Iterator[int]:
    """Full jitter with pauses that double, so that whoever has waited longest tries least often."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    for attempt in range(ATTEMPTS_MAX):
        yield attempt
        pause = random.uniform(0, min(BACKOFF_SECONDS_MAX, BACKOFF_SECONDS * 2**attempt))
        if time.monotonic() + pause > deadline:
            return
        time.sleep(pause)
