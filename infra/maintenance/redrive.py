"""Handles what the consumers of the stream have set aside: exit code 1 when something is left."""

import sys

from chalicelib.models import connection
from chalicelib.services.events.redrive import redrive
from infra.progress import live_line


def main() -> int:
    connection.use_batch_timeouts()
    try:
        done = redrive(live_line())
    except KeyboardInterrupt:  # the calling command explains what that means
        return 130
    print(f"Handled {done.handled} records that were set aside; {len(done.left)} are left.")
    for left in done.left:
        print(f"  {left}")
    return 1 if done.left else 0


if __name__ == "__main__":
    sys.exit(main())
