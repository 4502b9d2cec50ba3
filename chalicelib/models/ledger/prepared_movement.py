"""A movement that is ready to be decided."""

from dataclasses import dataclass
from functools import cached_property

from chalicelib import config
from chalicelib.domain.ledger.posting import Movement, Positions
from chalicelib.domain.time import day
from chalicelib.models.ledger.snapshot import Snapshot


@dataclass(frozen=True)
class PreparedMovement:
    """A movement on this worker's shards, with all its accounts in the snapshot, and the time when it happens."""

    movement: Movement
    snapshot: Snapshot
    at: str

    @cached_property
    def positions(self) -> Positions:
        return self.snapshot.positions()

    @cached_property
    def day(self) -> str:
        """Return the bank's day on which the movement counts against limits."""
        return day(self.at, config.timezone()).isoformat()
