"""What many writers of one account reach: in groups, and each by itself.

The bank's own code runs in virtual time, on tables in memory. That machinery is the tests', which no bench imports, so
it runs in a process of its own.
"""

import json
import subprocess
import sys

from bench.price import Tariff
from bench.report import Section, table

COMMAND = "python -m bench hot"
MACHINERY = "tests.virtual"
SECONDS = 4
"""Of virtual time, the first of which is not counted."""
HEADER = ("writers", "posts/s", "p50 ms", "p99 ms", "503", "calls", "transactions", "read units", "write units")

Figures = dict[str, dict[str, float]]
"""What each run came to, by the name of the run."""


def measure() -> Figures:
    """Run the machinery. It takes some minutes."""
    asked = [sys.executable, "-m", MACHINERY, "--json", str(SECONDS)]
    answered = subprocess.run(asked, check=True, capture_output=True, text=True)
    found: Figures = json.loads(answered.stdout.splitlines()[-1])
    return found


def section(measured: Figures) -> Section:
    """Figures of a post, but for the first four columns."""
    rows = [
        (
            name,
            f"{found['posts/s']:.0f}",
            *(f"{found[quantile] * 1000:.0f}" for quantile in ("p50 s", "p99 s")),
            f"{found['503']:.0f}",
            f"{found['calls']:.1f}",
            f"{found['transactions']:.2f}",
            *(f"{found[units]:.1f}" for units in ("read units", "write units")),
        )
        for name, found in measured.items()
    ]
    told = Tariff.load().assumed
    waits = f"{told['read_ms']:g} ms a read, {told['write_ms']:g} a write, {told['transaction_ms']:g} to commit"
    notes = (
        "Transfers to one account, in virtual time, by the bank's own code.",
        "A writer pauses up to 100 ms between two, 50 on average, or not at all.",
        f"{waits}. Computing: 3 to 6 ms of the first transfer of a write, 1.1 ms of each further one, as measured.",
        "A post's calls, transactions (its attempts, or its share of a group's) and units, without those of indexes.",
        "The seconds in which all begin at once are in calls and units, and not in posts/s and times.",
    )
    return Section("One account that many write", COMMAND, table(HEADER, rows), notes)
