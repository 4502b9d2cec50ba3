"""How regularly the groups of a busy account are written, and so when the next write will be over. Pure.

It says only when to look for a record: what is wrong costs a look more, or a wait.
"""

import math
from dataclasses import dataclass

ROUNDS_MAX = 12
"""Since an entry, after which the end of the next write is anybody's guess."""


@dataclass(frozen=True)
class Rounds:
    """Seconds from the end of a write to the end of the next, and from a group's last entry to the end of its write."""

    seconds: float
    lag_seconds: float

    def mix(self, newest: "Rounds", share: float) -> "Rounds":
        """Return what is known after one round more, which counts for a share: rounds differ by their transfers."""
        return Rounds(
            self.seconds + (newest.seconds - self.seconds) * share,
            self.lag_seconds + (newest.lag_seconds - self.lag_seconds) * share,
        )

    def next_end(self, entry_age: float, earliest: float) -> float | None:
        """Return in how many seconds the first write is over that is not over before `earliest` seconds.

        `entry_age` are the seconds since the account's last entry. Return None for one of which nothing follows.
        """
        if self.seconds <= 0 or abs(entry_age) > ROUNDS_MAX * self.seconds:
            return None
        end = self.lag_seconds - entry_age
        return end + max(0, math.ceil((earliest - end) / self.seconds)) * self.seconds
