"""Checks whether what works behind the API keeps up: a stuck consumer shows here, while the API still answers."""

from dataclasses import dataclass

from chalicelib.services.operations import state
from chalicelib.services.operations.state import State

LAG_SECONDS_MAX = 900
DIGEST_SECONDS_MAX = 7200
GAUGES_SECONDS_MAX = 900


@dataclass(frozen=True)
class Check:
    """A check with its result: whether it is as it should be, and what was found."""

    name: str
    is_good: bool
    detail: str


def checks() -> list[Check]:
    """Return every check, of a state that is at most 15 seconds old."""
    found = state.read()
    age = found.age(found.taken_at)
    if age is None:
        return [Check("gauges", is_good=False, detail="The function gauges has not run yet.")]
    fresh = Check("gauges", age <= GAUGES_SECONDS_MAX, f"Taken {age:.0f} s ago.")
    return [fresh, *_consumers(found), *_dead_letters(found), _digests(found)]


def _consumers(found: State) -> list[Check]:
    lags: dict[str, float] = found.figures.get("lag_seconds", {})
    aside: dict[str, int] = found.figures.get("set_aside", {})
    return [
        *(Check(f"{name}.lag", lag <= LAG_SECONDS_MAX, f"{lag:.0f} s behind the bank.") for name, lag in lags.items()),
        *(Check(f"{name}.set_aside", not count, f"{count} records set aside.") for name, count in aside.items()),
    ]


def _dead_letters(found: State) -> list[Check]:
    queues: dict[str, int] = found.figures.get("dead_letters", {})
    return [Check(f"{name}.dead_letters", not count, f"{count} messages.") for name, count in queues.items()]


def _digests(found: State) -> Check:
    """Return whether everything that is old enough is sealed: a quiet bank seals once a day only."""
    waiting = found.age(found.figures.get("unsealed_oldest_at")) or 0
    return Check("digests", waiting <= DIGEST_SECONDS_MAX, f"The oldest unsealed transaction is {waiting:.0f} s old.")
