"""Rebuilds the table `reports` from the ledger while the bank runs: rollups, and risk profiles."""

from chalicelib.models.reports.rollup import Generations
from chalicelib.services import progress
from chalicelib.services.progress import Progress
from chalicelib.services.reports import rebuild_rollups
from chalicelib.services.risk import rebuild_profiles


def ensure() -> None:
    """Make them for a bank that has none: a new one, or one from before there were any."""
    if Generations.stored() is None:
        rebuild(progress.ignore)


def rebuild(tell: Progress, *, caught_up: bool = False) -> tuple[int, int]:
    """Rebuild, and return how many transactions were counted and how many accounts have profiles.

    `caught_up`: see `rebuild_profiles.rebuild`.
    """
    return rebuild_rollups.rebuild(tell), rebuild_profiles.rebuild(tell, caught_up=caught_up)
