"""Handles what the consumers of the stream have set aside: exit code 1 when something is left."""

import sys

from chalicelib.models import connection
from chalicelib.services.events.redrive import redrive
from infra.maintenance.reporting import exit_code_of
from infra.progress import live_line


def main() -> int:
    """Handle what was set aside, and name what is left. Return 1 if something is."""
    connection.use_batch_timeouts()
    return exit_code_of(_redrive)


def _redrive() -> int:
    done = redrive(live_line())
    print(f"Handled {done.handled} records that were set aside; {len(done.left)} are left.")
    for left in done.left:
        print(f"  {left}")
    return 1 if done.left else 0


if __name__ == "__main__":
    sys.exit(main())
