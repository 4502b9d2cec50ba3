"""Measure many writers of one account in virtual time: python -m tests.virtual [--json] [SECONDS].

It takes some minutes. `python -m bench hot` makes a page of it.
"""

import contextlib
import io
import json
import os
import random
import sys
from unittest.mock import patch

SETTINGS = {"FLORIN_STAGE": "unit", "LEDGER_SHARDS": "1", "LOG_LEVEL": "ERROR", "AWS_DEFAULT_REGION": "us-east-1"}
SETTINGS |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
WARM_SECONDS = 1.0
"""In which the rush of all at once is over."""
COLUMNS = "posts/s", "p50 s", "p99 s", "503", "calls", "transactions", "read units", "write units", "fewest", "most"


def measure(writers: int, seconds: float, *, in_groups: bool) -> list[float]:
    """Return the figures of a run, a post's where they are counts; units are those of tables, without indexes."""
    from chalicelib.models.ledger import crowd
    from tests.virtual.crowd import Crowd

    random.seed(1)
    run = Crowd()
    conflicts_max = crowd.CONFLICTS_MAX if in_groups else sys.maxsize
    quiet = contextlib.redirect_stdout(io.StringIO())
    with patch.object(crowd, "CONFLICTS_MAX", conflicts_max), run.open(writers), quiet:
        run.run(writers, seconds=seconds)
    counted = [one for one in run.sent if WARM_SECONDS < one.began + one.seconds < seconds]
    waited = sorted(one.seconds for one in counted)
    sent_away = sum(len(one.answers) - 1 for one in run.sent)
    each = [sum(one.number == number for one in counted) for number in range(writers)]
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


RUNS = ((32, False), (128, False), (32, True), (128, True))
"""Writers, and whether they post in groups."""


def name_of(writers: int, in_groups: bool) -> str:
    return f"{writers}{'' if in_groups else ', each by itself'}"


def main(seconds: float, *, as_json: bool) -> None:
    os.environ.update(SETTINGS)
    found = {name_of(*one): measure(one[0], seconds, in_groups=one[1]) for one in RUNS}
    if as_json:
        print(json.dumps({name: dict(zip(COLUMNS, figures, strict=True)) for name, figures in found.items()}))
        return
    print("| writers |", " | ".join(COLUMNS), "|")
    for name, figures in found.items():
        print(f"| {name} |", " | ".join(f"{figure:.2f}" for figure in figures), "|")


arguments = [one for one in sys.argv[1:] if one != "--json"]
main(float(arguments[0]) if arguments else 5.0, as_json="--json" in sys.argv)
