"""A process with some of the writers of one account, as one of many functions: python -m tests.emulated.writers JSON.

It prints what they did as JSON.
"""

import contextlib
import io
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from unittest.mock import patch

SERVICE_SECONDS = 0.0
"""The emulator's own time to commit is what a transaction takes."""


@dataclass(frozen=True)
class Asked:
    """Whom each writer pays from, whom, whether in groups, from when (epoch seconds), and for how long."""

    payee: str
    payers: list[str]
    in_groups: bool
    start: float
    seconds: float
    locks: str


@dataclass(frozen=True)
class Done:
    """What the writers of a process did: how long each post took and when it ended (seconds since the beginning), by
    writer, and CPU seconds of the process."""

    posts: list[list[tuple[float, float]]]
    seconds: float
    cpu_seconds: float
    calls: int
    given_up: int


def write(asked: Asked) -> Done:
    """Have all writers pay until the time is over."""
    from chalicelib.models import connection
    from chalicelib.models.ledger import crowd
    from tests.chaos.contention import run, transferring
    from tests.faults.shared_conflicts import SharedConflicts

    conflicts = SharedConflicts(SERVICE_SECONDS, Path(asked.locks))
    conflicts_max = crowd.CONFLICTS_MAX if asked.in_groups else sys.maxsize
    pays = [transferring(one, asked.payee) for one in asked.payers]
    connection.client()  # which threads would build at once
    time.sleep(max(0.0, asked.start - time.time()))
    began = time.process_time()
    with patch.object(crowd, "CONFLICTS_MAX", conflicts_max), contextlib.redirect_stdout(io.StringIO()):
        done = run(pays, SERVICE_SECONDS, seconds=asked.seconds, conflicts=conflicts)
    return Done(
        posts=[[(post.seconds, post.ended_at) for post in writer] for writer in done.writers],
        seconds=done.seconds,
        cpu_seconds=time.process_time() - began,
        calls=sum(post.calls for post in done.posts),
        given_up=done.given_up,
    )


if __name__ == "__main__":
    print(json.dumps(asdict(write(Asked(**json.loads(sys.argv[1]))))))
