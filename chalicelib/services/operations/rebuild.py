"""Rebuilds what is derived while the bank runs: rollups and risk profiles from the ledger, search keys of customers."""

import uuid
from typing import NamedTuple

from chalicelib.domain import permissions
from chalicelib.models.reports.rollup import Generations
from chalicelib.services import progress
from chalicelib.services.customers import rebuild_search_index
from chalicelib.services.progress import Progress
from chalicelib.services.reports import rebuild_rollups
from chalicelib.services.risk import rebuild_profiles


def ensure() -> None:
    """Make them for a bank that has none: a new one, or one from before there were any."""
    if Generations.stored() is None:
        rebuild(progress.ignore)


class Rebuilt(NamedTuple):
    """How many transactions were counted, accounts have profiles, and search keys were moved."""

    transactions: int
    profiles: int
    search_keys: int


def rebuild(tell: Progress, *, caught_up: bool = False) -> Rebuilt:
    """Rebuild everything. `caught_up`: see `rebuild_profiles.rebuild`."""
    transactions, profiles = rebuild_rollups.rebuild(tell), rebuild_profiles.rebuild(tell, caught_up=caught_up)
    caller = permissions.system(request_id=str(uuid.uuid4()))
    return Rebuilt(transactions, profiles, rebuild_search_index.rebuild(tell, caller))
