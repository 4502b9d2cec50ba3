"""What many writers of one account reach on the emulator, as processes, and what two cores allow at most.

The machinery is the tests', which no bench imports, so it runs in a process of its own.
"""

import json
import subprocess
import sys

from bench.report import Section, table

COMMAND = "python -m bench hot"
MACHINERY = "tests.emulated"
SECONDS = 10
"""The first two of which are not counted."""
CORES = 2
HEADER = (
    "writers in processes",
    "posts/s",
    "p50 ms",
    "p99 ms",
    "503",
    "fewest",
    "most",
    "calls",
    "CPU ms, writers",
    "CPU ms, emulator",
    "cores used",
    "posts/s at most",
)

Figures = dict[str, dict[str, float]]
"""What each run came to, by the name of the run."""


def measure() -> Figures:
    """Run the machinery. It takes some minutes, and all cores."""
    asked = [sys.executable, "-m", MACHINERY, "--json", str(SECONDS)]
    answered = subprocess.run(asked, check=True, capture_output=True, text=True)
    found: Figures = json.loads(answered.stdout.splitlines()[-1])
    return found


def bound(found: dict[str, float]) -> float:
    """Return how many posts a second two cores allow that do nothing else; the emulator is one process with one."""
    own_ms, emulator_ms = found["writers' CPU ms"], found["emulator's CPU ms"]
    return min(CORES * 1000 / (own_ms + emulator_ms), 1000 / emulator_ms)


def section(measured: Figures) -> Section:
    """Figures of a post, but for rates, times and how many posts a writer had."""
    rows = [
        (
            name,
            f"{found['posts/s']:.0f}",
            *(f"{found[quantile] * 1000:.0f}" for quantile in ("p50 s", "p99 s")),
            *(f"{found[count]:.0f}" for count in ("503", "fewest", "most")),
            *(f"{found[count]:.1f}" for count in ("calls", "writers' CPU ms", "emulator's CPU ms", "cores")),
            f"{bound(found):.0f}",
        )
        for name, found in measured.items()
    ]
    notes = (
        "Transfers to one account on the embedded emulator, with DynamoDB's conflicts. Calls and CPU are a post's.",
        "A writer is a thread of one of the processes. It pauses up to 100 ms between two posts.",
        "Fewest and most are posts of one writer. CPU time has that of injecting conflicts.",
        "The seconds in which all begin at once are in 503, calls and CPU time, and not in the other columns.",
        "Less than two cores used: other work had the rest. Then posts/s are fewer, and times longer.",
        f"At most: {CORES} cores with nothing else to do, of which the emulator, one process, can use one.",
    )
    return Section("One account that many write, on the emulator", COMMAND, table(HEADER, rows), notes)
