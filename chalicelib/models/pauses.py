"""Pauses before a read or a batch is repeated. Commits pause by `transact.attempts`."""

import random
import time
from collections.abc import Iterator

SECONDS_UNTIL_SEEN = (0.0, 0.05, 0.25)
FIRST_BACKOFF_SECONDS_MAX = 0.05


def looks() -> Iterator[None]:
    """Yield before each look at items of which some may not be seen yet, with a pause before all but the first.

    DynamoDB commits item by item: an item that names others may be visible a moment before them.
    """
    for seconds in SECONDS_UNTIL_SEEN:
        time.sleep(seconds)
        yield


def batch_attempts(attempts_max: int) -> Iterator[None]:
    """Yield before each attempt at a batch of which DynamoDB left something over, with a growing random pause between
    any two.
    """
    for attempt in range(attempts_max):
        if attempt:
            time.sleep(random.uniform(0, FIRST_BACKOFF_SECONDS_MAX * 2 ** (attempt - 1)))
        yield
