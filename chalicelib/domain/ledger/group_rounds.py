"""How regularly the groups of a busy account are written, and so when a request can expect its record. Pure.

It says only when to look for a record: what is wrong costs a look more, or a wait.
"""

import math
from dataclasses import dataclass

AGE_SHARE = 5
"""By what factor the newest round counts more in the age of intents, which changes as soon as more or fewer wait."""
ROUNDS_MAX = 12
"""Since an entry, after which the end of the next write is anybody's guess."""


@dataclass(frozen=True)
class Rounds:
    """How regularly the groups of a leader are written, as far as it knows.

    `age_seconds` is how old an intent is, at least, when the write ends that has it, and `seconds` are from the end of
    a write to the end of the next. `lag_seconds` are from a group's last entry to the end of its write. They are None
    where rounds differ so much that nobody can say when the next write ends.
    """

    age_seconds: float
    seconds: float
    lag_seconds: float | None = None

    def mix(self, newest: "Rounds", share: float) -> "Rounds":
        """Return what is known after one round more, which counts for a share: rounds differ by their transfers."""
        before, after = self.lag_seconds, newest.lag_seconds
        return Rounds(
            _mix(self.age_seconds, newest.age_seconds, share * AGE_SHARE),
            _mix(self.seconds, newest.seconds, share),
            after if before is None or after is None else _mix(before, after, share),
        )

    def next_end(self, entry_age: float, earliest: float) -> float | None:
        """Return in how many seconds the first write is over that is not over before `earliest` seconds.

        `entry_age` are the seconds since the account's last entry. Return None if nobody can say.
        """
        if self.lag_seconds is None or self.seconds <= 0 or abs(entry_age) > ROUNDS_MAX * self.seconds:
            return None
        end = self.lag_seconds - entry_age
        return end + max(0, math.ceil((earliest - end) / self.seconds)) * self.seconds


def _mix(before: float, after: float, share: float) -> float:
    return before + (after - before) * share
