"""Rebuilds report totals, risk profiles and search keys; `--caught-up` where the stream has no backlog."""

import sys

from chalicelib.models import connection
from chalicelib.services.operations.rebuild import Rebuilt, rebuild
from infra.maintenance.reporting import exit_code_of
from infra.progress import live_line


def main(arguments: list[str]) -> int:
    """Rebuild, and print what was rebuilt. Return another code than 0 if it was not."""
    connection.use_batch_timeouts()
    return exit_code_of(lambda: _rebuild(caught_up="--caught-up" in arguments))


def _rebuild(*, caught_up: bool) -> int:
    print_rebuilt(rebuild(live_line(), caught_up=caught_up))
    return 0


def print_rebuilt(rebuilt: Rebuilt) -> None:
    moved, users = rebuilt.keys, rebuilt.keys.users
    print(
        f"Rebuilt the report totals of {rebuilt.transactions} transactions and the risk profiles of {rebuilt.profiles} "
        f"accounts. Moved {moved.search_keys} search keys of customers and {users.count} addresses of users."
    )
    if users.refused_ids:
        print("These users have an address that another user has in another notation; they cannot sign in with it:")
        print(", ".join(users.refused_ids))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
