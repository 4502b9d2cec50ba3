"""Checks whether what works behind the API keeps up: a stuck consumer shows here, while the API still answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib import clock
from chalicelib.observability import count, logger
from chalicelib.services.operations import state
from chalicelib.services.operations.state import State

LAG_SECONDS_MAX = 900
DIGEST_SECONDS_MAX = 7200
GAUGES_SECONDS_MAX = 900
DUE_SECONDS_MAX = 3600


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
    return [fresh, *_progress(found), *_leftovers(found)]


def count_standstills(figures: Mapping[str, Any]) -> None:
    """Count the work that stands still by gauges that were taken just now. While there is none, nothing is counted: a
    metric costs $0.30 in each month in which it has a value.
    """
    now = clock.now()
    late = [one for one in _progress(State(now, now, figures)) if not one.is_good]
    if late:
        logger.warning("work stands still", checks={one.name: one.detail for one in late})
        count("ChecksFailed", len(late))


def _progress(found: State) -> list[Check]:
    """Return whether work goes on. What has stopped fails no more, so no count of errors shows it."""
    lags: dict[str, float] = found.figures.get("lag_seconds", {})
    return [
        *(Check(f"{name}.lag", lag <= LAG_SECONDS_MAX, f"{lag:.0f} s behind the bank.") for name, lag in lags.items()),
        _due("webhooks.due", "delivery", found, "deliveries_oldest_due_at"),
        _due("clearing.due", "queued payment", found, "queued_first_due_at"),
        _digests(found),
    ]


def _due(name: str, what: str, found: State, figure: str) -> Check:
    """Return whether everything that is due is sent: within an hour, for a flood takes its time."""
    late = max(found.age(found.figures.get(figure)) or 0, 0)
    return Check(name, late <= DUE_SECONDS_MAX, f"The oldest {what} has been due for {late:.0f} s.")


def _digests(found: State) -> Check:
    """Return whether everything that is old enough is sealed: a quiet bank seals once a day only."""
    waiting = found.age(found.figures.get("unsealed_oldest_at")) or 0
    return Check("digests", waiting <= DIGEST_SECONDS_MAX, f"The oldest unsealed transaction is {waiting:.0f} s old.")


def _leftovers(found: State) -> list[Check]:
    """Return whether anything waits for people: their alarms rang when it was left."""
    aside: dict[str, int] = found.figures.get("set_aside", {})
    queues: dict[str, int] = found.figures.get("dead_letters", {})
    return [
        *(Check(f"{name}.set_aside", not waiting, f"{waiting} records set aside.") for name, waiting in aside.items()),
        *(Check(f"{name}.dead_letters", not waiting, f"{waiting} messages.") for name, waiting in queues.items()),
    ]
