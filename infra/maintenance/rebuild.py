"""Rebuilds report totals and risk profiles from the ledger; `--caught-up` where the stream has no backlog."""

import sys

from chalicelib.models import connection
from chalicelib.services.operations.rebuild import rebuild
from infra.progress import live_line


def main(arguments: list[str]) -> int:
    connection.use_batch_timeouts()
    try:
        transactions, profiles = rebuild(live_line(), caught_up="--caught-up" in arguments)
    except KeyboardInterrupt:  # the calling command explains what that means
        return 130
    print(f"Rebuilt the report totals of {transactions} transactions and the risk profiles of {profiles} accounts.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
