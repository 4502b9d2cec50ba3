"""Measure many writers of one account in virtual time: python -m tests.virtual [--json] [SECONDS].

It takes some minutes. `python -m bench hot` makes a page of it.
"""

import contextlib
import io
import json
import os
import random
import sys
from dataclasses import dataclass
from unittest.mock import patch

SETTINGS = {"FLORIN_STAGE": "unit", "LEDGER_SHARDS": "1", "LOG_LEVEL": "ERROR", "AWS_DEFAULT_REGION": "us-east-1"}
SETTINGS |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
WARM_SECONDS = 1.0
"""In which the rush of all at once is over."""
COLUMNS = "posts/s", "p50 s", "p99 s", "503", "calls", "transactions", "read units", "write units", "fewest", "most"


@dataclass(frozen=True)
class Run:
    """How many write, whether in groups, and the longest pause between two posts of one (None: the usual one)."""

    writers: int
    in_groups: bool = True
    gap_seconds_max: float | None = None

    @property
    def name(self) -> str:
        alone = "" if self.in_groups else ", each by itself"
        return f"{self.writers}{alone}{', no pauses' if self.gap_seconds_max == 0 else ''}"


RUNS = (
    Run(32, in_groups=False),
    Run(128, in_groups=False),
    Run(32),
    Run(128),
    Run(32, gap_seconds_max=0),
)


def measure(one: Run, seconds: float) -> list[float]:
    """Return the figures of a run, a post's where they are counts; units are those of tables, without indexes."""
    from chalicelib.models.ledger import crowd
    from tests.chaos.posts import GAP_SECONDS_MAX
    from tests.virtual.crowd import Crowd

    random.seed(1)
    run = Crowd()
    conflicts_max = crowd.CONFLICTS_MAX if one.in_groups else sys.maxsize
    gap_seconds_max = GAP_SECONDS_MAX if one.gap_seconds_max is None else one.gap_seconds_max
    quiet = contextlib.redirect_stdout(io.StringIO())
    with patch.object(crowd, "CONFLICTS_MAX", conflicts_max), run.open(one.writers), quiet:
        run.run(one.writers, seconds=seconds, gap_seconds_max=gap_seconds_max)
    counted = [sent for sent in run.sent if WARM_SECONDS < sent.began + sent.seconds < seconds]
    waited = sorted(sent.seconds for sent in counted)
    sent_away = sum(len(sent.answers) - 1 for sent in run.sent)
    each = [sum(sent.number == number for sent in counted) for number in range(one.writers)]
    calls, transactions = len(run.dynamodb.calls), run.dynamodb.calls.count("TransactWriteItems")
    per_post = [calls, transactions, run.dynamodb.read_units, run.dynamodb.write_units]
    return [
        len(counted) / (seconds - WARM_SECONDS),
        *(waited[int(len(waited) * share)] for share in (0.5, 0.99)),
        sent_away,
        *(figure / len(run.sent) for figure in per_post),
        min(each),
        max(each),
    ]


def main(seconds: float, *, as_json: bool) -> None:
    os.environ.update(SETTINGS)
    found = {one.name: measure(one, seconds) for one in RUNS}
    if as_json:
        print(json.dumps({name: dict(zip(COLUMNS, figures, strict=True)) for name, figures in found.items()}))
        return
    print("| writers |", " | ".join(COLUMNS), "|")
    for name, figures in found.items():
        print(f"| {name} |", " | ".join(f"{figure:.2f}" for figure in figures), "|")


if __name__ == "__main__":
    arguments = [one for one in sys.argv[1:] if one != "--json"]
    main(float(arguments[0]) if arguments else 5.0, as_json="--json" in sys.argv)
