"""The state of the bank for operators: the gauges as they were taken, and what a few queries add to them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chalicelib import clock, config
from chalicelib.domain.days import Days
from chalicelib.domain.reports.rollup import BANK
from chalicelib.domain.time import moment
from chalicelib.models.everything import gauges
from chalicelib.models.reports import rollup
from chalicelib.models.verification.digest import DigestItem
from chalicelib.models.verification.verification import Verification
from chalicelib.services import reference_cache

KEPT_SECONDS = 15
UNREAD: Mapping[str, Any] = {}


@dataclass(frozen=True)
class State:
    """The state at `read_at`. `today` are sums of the bank's day as `domain/reports/rollup.py` names them.

    `ended` counts transactions of the day that will not be posted, by type, currency and status. Moments are None for
    what never happened. `figures` are those of `models/everything/gauges.py`, taken at `taken_at`.
    """

    read_at: datetime
    taken_at: datetime | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)
    today: Mapping[str, int] = field(default_factory=dict)
    ended: Mapping[str, int] = field(default_factory=dict)
    sealed_to: datetime | None = None
    verified_at: datetime | None = None

    def age(self, at: datetime | str | None) -> float | None:
        """Return how many seconds ago a moment was, or None."""
        if at is None:
            return None
        return (self.read_at - (moment(at) if isinstance(at, str) else at)).total_seconds()


def read() -> State:
    """Return the state, at most KEPT_SECONDS old: one BatchGet and three queries."""
    return _read(int(clock.now().timestamp() // KEPT_SECONDS))


@reference_cache.kept
def _read(_window: int) -> State:
    """Read the state once in a window of KEPT_SECONDS."""
    now = clock.now()
    today, digest = now.astimezone(config.timezone()).date(), DigestItem.latest()
    generation, taken, ended = gauges.read_with_generation(today)
    sums = Counter[str]()
    for _, figures in rollup.daily(generation, BANK, Days(today, today + timedelta(days=1))):
        sums.update(figures)
    return State(
        read_at=now,
        taken_at=moment(taken.taken_at) if taken else None,
        figures=taken.figures if taken else UNREAD,
        today=sums,
        ended=ended,
        sealed_to=moment(digest.digest.sealed_to) if digest else None,
        verified_at=Verification.last_success(),
    )
