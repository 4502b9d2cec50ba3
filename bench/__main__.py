"""Measure and tell: `python -m bench [PART]`, one of `PARTS`.

Without a part it measures all, and keeps that in RESULTS.md. `python -m bench interest 100000` measures a month's
interest of banks with 1,000, 10,000 and 100,000 accounts, `python -m bench orders 100000` a day's run of as many.
"""

import os
import platform
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench import sections
from bench.parts import PARTS, measure_apart
from bench.price import Tariff
from bench.report import Section
from infra.progress import complain, say

RESULTS_FILE = Path(__file__).parent / "RESULTS.md"
SIZED = ("interest", "orders", "payments")
LARGEST_MIN = 2_000


def main(arguments: list[str]) -> int:
    """0 when everything could be measured, whatever the figures are."""
    parts = arguments[:1] or list(PARTS)
    largest = _largest(arguments)
    if not set(parts) <= set(PARTS) or len(arguments) > (2 if largest else 1):
        complain(f"Usage: python -m bench [{'|'.join(PARTS)}], or python -m bench {'|'.join(SIZED)} LARGEST")
        return 2
    made = f"{machine()}, {datetime.now(UTC):%F}"
    say(f"Measuring on {made}. All of it takes some minutes.\n")
    found = _sections(parts, largest)
    if not arguments:
        _keep(found, made)
        say(f"Kept in {RESULTS_FILE.relative_to(Path.cwd())}.")
    return 0


def _sections(parts: list[str], largest: int | None) -> list[Section]:
    """Measure each part, and print it as soon as it is there; the aims of them come last."""
    found, costs, started = list[Section](), None, None
    for part in parts:
        measured = measure_apart(part, largest)
        costs, started = measured.costs or costs, measured.starts or started
        for section in measured.sections:
            say(section.as_text())
        found += measured.sections
    if costs or started:
        found.append(sections.aims(costs, started, Tariff.load()))
        say(found[-1].as_text())
    return found


def machine() -> str:
    """What measures, for figures mean nothing without it."""
    cpu_file = Path("/proc/cpuinfo")
    named = re.search(r"model name\s*: (.+)", cpu_file.read_text()) if cpu_file.exists() else None
    name = named[1] if named else platform.processor() or platform.machine()
    return f"{os.cpu_count()} × {name}, Python {platform.python_version()}"


def _largest(arguments: list[str]) -> int | None:
    """The size of the largest bank to measure a run in, in accounts or orders; none where it is not said."""
    if len(arguments) != 2 or arguments[0] not in SIZED or not arguments[1].isdecimal():
        return None
    return max(LARGEST_MIN, int(arguments[1]))


def _keep(found: list[Section], made: str) -> None:
    head = f"# What the bank costs\n\nMade by `make bench` (`python -m bench`) on {made}.\n"
    RESULTS_FILE.write_text("\n".join([head, *(section.as_markdown() for section in found)]))


if __name__ == "__main__":  # a part's new process loads this module too
    sys.exit(main(sys.argv[1:]))
