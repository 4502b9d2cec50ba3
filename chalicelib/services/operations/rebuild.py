"""What the table `reports` holds, made afresh from the ledger while the bank goes on: rollups, and profiles of risk."""

import sys

from chalicelib.models import connection
from chalicelib.models.reports.rollup import Generations
from chalicelib.services.reports import rebuild_rollups
from chalicelib.services.risk import rebuild_profiles
from chalicelib.services.terminal_progress import Progress, at_the_terminal


def ensure() -> None:
    """Make them for a bank that has none: a new one, or one from before there were any."""
    if Generations.stored() is None:
        rebuild(lambda _: None)


def rebuild(tell: Progress, *, caught_up: bool = False) -> tuple[int, int]:
    """How many transactions were counted, and how many accounts have profiles.

    `caught_up`: see `rebuild_profiles.rebuild`.
    """
    return rebuild_rollups.rebuild(tell), rebuild_profiles.rebuild(tell, caught_up=caught_up)


def main(arguments: list[str]) -> int:
    """The command; `--caught-up` where the stream has nothing left to tell."""
    connection.use_batch_timeouts()
    try:
        transactions, profiles = rebuild(at_the_terminal(), caught_up="--caught-up" in arguments)
    except KeyboardInterrupt:  # whoever called says what that means
        return 130
    print(f"Made afresh: the rollups of {transactions} transactions, the profiles of {profiles} accounts.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
