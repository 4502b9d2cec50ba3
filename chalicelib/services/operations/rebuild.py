"""Rebuilds what is derived while the bank runs: rollups, risk profiles, and the keys by which people are found."""

import uuid
from typing import NamedTuple

from chalicelib.domain import permissions
from chalicelib.models.reports.generations import Generations
from chalicelib.services import progress
from chalicelib.services.operations import rebuild_keys
from chalicelib.services.operations.rebuild_keys import MovedKeys
from chalicelib.services.progress import Progress
from chalicelib.services.reports import rebuild_rollups
from chalicelib.services.risk import rebuild_profiles


def ensure() -> None:
    """Make them for a bank that has none: a new one, one from before there were any, or before totals had marks."""
    stored = Generations.stored()
    if stored is None or stored.numbered is None:
        rebuild(progress.ignore)


class Rebuilt(NamedTuple):
    """How many transactions were counted and accounts have profiles, and which keys were moved."""

    transactions: int
    profiles: int
    keys: MovedKeys


def rebuild(tell: Progress, *, caught_up: bool = False) -> Rebuilt:
    """Rebuild everything. `caught_up`: see `rebuild_profiles.rebuild`."""
    transactions, profiles = rebuild_rollups.rebuild(tell), rebuild_profiles.rebuild(tell, caught_up=caught_up)
    caller = permissions.system(request_id=str(uuid.uuid4()))
    return Rebuilt(transactions, profiles, rebuild_keys.rebuild(tell, caller))
