"""What `make verify` costs: calls, and CPU of the command and of the emulator, for each transaction."""

import json
import os
import time
import urllib.request
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bench.proof import forget
from bench.report import Section, table
from bench.stub import Stub
from bench.watch import Watch
from infra.emulator.server import OWNER_PATH

SANDBOXES = ((date(2025, 6, 1), date(2025, 12, 1)), (date(2024, 6, 1), date(2026, 6, 1)))
"""From when to when the people of each bank live."""
PEOPLE = 3
COMMAND = "python -m bench verification"


@dataclass(frozen=True)
class Verified:
    """One verification, in one process. Seconds are CPU time."""

    transactions: int
    calls: Counter[str]
    seconds: float
    emulator_seconds: float

    @property
    def command_ms(self) -> float:
        return self.seconds * 1000 / self.transactions

    @property
    def emulator_ms(self) -> float:
        return self.emulator_seconds * 1000 / self.transactions


def measure(stub: Stub, lived: tuple[date, date]) -> Verified:
    """Build a bank of so many years, with its audit and report totals, and verify it."""
    from chalicelib.services.operations.rebuild import rebuild
    from chalicelib.services.progress import ignore
    from chalicelib.services.verification import verify_by_links
    from infra.maintenance.processes import prepare
    from infra.maintenance.scans import SCANS
    from sampledata.sandbox import Sandbox, build

    watch = Watch()
    watch.begin()
    forget()
    prepare()
    build(Sandbox(PEOPLE, *lived))
    rebuild(ignore, caught_up=True)
    emulator, started = _seconds_of(stub), time.process_time()
    with watch.counting_calls() as calls:
        verdict = verify_by_links.verify(ignore, SCANS)
    if verdict.broken:
        raise verdict.broken
    took = time.process_time() - started
    watch.end()
    return Verified(verdict.checked.transactions, calls, took, _seconds_of(stub) - emulator)


def section(measured: Sequence[Verified]) -> Section:
    """Return what a transaction costs to verify, and whether the share of fixed costs falls."""
    rows = []
    for one in measured:
        calls = one.calls.total() * 1000 / one.transactions
        both = one.command_ms + one.emulator_ms
        rows.append(
            (
                f"{one.transactions:,}",
                f"{calls:.0f}",
                f"{one.command_ms:.2f}",
                f"{one.emulator_ms:.2f}",
                f"{2000 / both:,.0f}",
            )
        )
    header = ("transactions", "calls a 1,000", "ms of the command", "ms of the emulator", "a second on two cores")
    notes = (
        "CPU time for each transaction, with its entries, audit, labels and report totals. One process, no archive.",
        "On two cores the command and the emulator share them: two seconds of CPU a second, if neither waits.",
        "Milliseconds are those of this machine as busy as it was; the number of calls is the same everywhere.",
    )
    return Section("Verification", COMMAND, table(header, rows, words=()), notes)


def _seconds_of(stub: Stub) -> float:
    """Return the CPU time that the emulator has taken, by Linux's count."""
    with urllib.request.urlopen(f"{stub.cloud.endpoint_url}{OWNER_PATH}") as answer:
        process_id = json.load(answer)["pid"]
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
