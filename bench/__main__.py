"""Measure and tell: `python -m bench [PART]`, one of `PARTS`.

Without a part it measures all, and keeps that in RESULTS.md. `python -m bench interest 100000` measures a month's
interest of banks with 1,000, 10,000 and 100,000 accounts, `python -m bench orders 100000` a day's run of as many.
"""

import os
import platform
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import imports, interest, measure, orders, peer, sealing, sections
from bench.price import Tariff
from bench.report import Section
from bench.stub import running_stub
from infra.progress import complain, say

RESULTS_FILE = Path(__file__).parent / "RESULTS.md"
PARTS = (
    "operations",
    "imports",
    "peers",
    "growth",
    "events",
    "sealing",
    "verification",
    "interest",
    "orders",
    "payments",
    "risk",
    "reports",
)
SIZED = ("interest", "orders", "payments")
LARGEST_MIN = 2_000


def main(arguments: list[str]) -> int:
    """0 when everything could be measured, whatever the figures are."""
    parts = arguments[:1] or PARTS
    largest = _largest(arguments)
    if not set(parts) <= set(PARTS) or len(arguments) > (2 if largest else 1):
        complain(f"Usage: python -m bench [{'|'.join(PARTS)}], or python -m bench {'|'.join(SIZED)} LARGEST")
        return 2
    made = f"{machine()}, {datetime.now(UTC):%F}"
    say(f"Measuring on {made}. All of it takes some minutes.\n")
    found = _sections(parts, largest)
    for section in found:
        say(section.as_text())
    if not arguments:
        _keep(found, made)
        say(f"Kept in {RESULTS_FILE.relative_to(Path.cwd())}.")
    return 0


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


def _sections(parts: Sequence[str], largest: int | None) -> list[Section]:
    tariff, costs, started = Tariff.load(), None, None
    found = list[Section]()
    if "imports" in parts:
        started = imports.starts()
        found.append(sections.starts(started, imports.dearest_packages()))
    if "operations" in parts:
        with running_stub() as stub:
            costs = measure.costs(stub)
        found += [sections.work(costs), sections.units(costs), sections.bill(costs, tariff)]
        found += [sections.batch(costs), sections.personal(costs, tariff)]
    if "peers" in parts:
        found.append(peer.section(peer.measure()))
    if "growth" in parts:
        from bench import growth  # it loads the application, whose loading is measured before

        found.append(growth.section())
    return [*found, *_of_capabilities(parts, largest, tariff), sections.aims(costs, started, tariff)]


def _of_capabilities(parts: Sequence[str], largest: int | None, tariff: Tariff) -> list[Section]:
    """Sections of single capabilities, whose modules load the application: its loading is measured before."""
    found = list[Section]()
    if "events" in parts:
        from bench import events

        found += events.sections(tariff)
    if "sealing" in parts:
        with running_stub() as stub:
            found.append(sealing.section(sealing.digests(stub), tariff))
    if "verification" in parts:
        from bench import verification

        measured = []
        for lived in verification.SANDBOXES:
            with running_stub() as stub:
                measured.append(verification.measure(stub, lived))
        found.append(verification.section(measured))
    if "interest" in parts:
        found += interest.sections(interest.measure(largest))
    if "orders" in parts:
        found += orders.sections(orders.measure(largest), tariff)
    if "payments" in parts:
        from bench import payments

        found += payments.sections(payments.measure(largest), tariff)
    if "risk" in parts:
        from bench import risk, risk_cost

        found += risk.sections()
        with running_stub() as stub:
            found.append(risk_cost.section(stub))
    if "reports" in parts:
        from bench import reports

        found += reports.sections(reports.measure(), tariff)
    return found


def _keep(found: list[Section], made: str) -> None:
    head = f"# What the bank costs\n\nMade by `make bench` (`python -m bench`) on {made}.\n"
    RESULTS_FILE.write_text("\n".join([head, *(section.as_markdown() for section in found)]))


sys.exit(main(sys.argv[1:]))
