"""Rebuilds report totals, risk profiles and search keys; `--caught-up` where the stream has no backlog."""

import sys

from chalicelib.models import connection
from chalicelib.services.operations.rebuild import rebuild
from infra.progress import live_line


def main(arguments: list[str]) -> int:
    connection.use_batch_timeouts()
    try:
        rebuilt = rebuild(live_line(), caught_up="--caught-up" in arguments)
    except KeyboardInterrupt:  # the calling command explains what that means
        return 130
    print(f"Rebuilt the report totals of {rebuilt.transactions} transactions", end="")
    print(
        f" and the risk profiles of {rebuilt.profiles} accounts. Moved {rebuilt.search_keys} search keys of customers."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
