"""What a monthly run of interest costs, and that it grows with the accounts and in nothing else."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bench.report import Section, table
from bench.scheduled_run import Consumed, Period, Ran, alone, consumed, measured
from bench.stub import running_stub
from infra.progress import say

SIZES = (300, 1_000)
"""By default; and ten times the last of them where that takes less than a minute."""
MINUTE_SECONDS = 60
FIRST = Period("2026-06", datetime(2026, 7, 1, 2, 30, tzinfo=UTC))
SECOND = Period("2026-07", datetime(2026, 8, 1, 2, 30, tzinfo=UTC))
PROCESSES = 2


@dataclass(frozen=True)
class Size:
    """A bank of so many accounts, its run, and how it was proven. `whole_seconds`: loading, running and proving it."""

    accounts: int
    loaded_seconds: float
    ran: Ran
    proven: str
    whole_seconds: float
    second: Consumed | None


def measure(largest: int | None = None) -> list[Size]:
    """Banks of 1,000 accounts, ten times as many, and so on up to the largest; of the default sizes without one."""
    sizes = [*(10**power for power in range(3, 9) if 10**power < largest), largest] if largest else list(SIZES)
    found = [_size(accounts, with_second=accounts == sizes[0]) for accounts in sizes]
    if largest is None and found[-1].whole_seconds * 10 < MINUTE_SECONDS:
        found.append(_size(SIZES[-1] * 10, with_second=False))
    return found


def _size(accounts: int, *, with_second: bool) -> Size:
    """Load a bank, pay a month, prove it. The units of a second month are looked at item by item, which takes long."""
    from bench import proof
    from sampledata import audit_trail  # they import the application, whose loading is measured before
    from sampledata.population import Population, populate

    started = time.perf_counter()
    with running_stub() as stub:
        proof.forget()
        stub.switch_stream(on=False)
        loaded = populate(Population(accounts), processes=PROCESSES)
        stub.switch_stream(on=True)
        say(f"  {accounts:,} accounts, {loaded.items:,} items loaded in {loaded.seconds:.0f} s; running a month …")
        ran = alone(measured, run, FIRST)
        took = f"{ran.seconds:.1f} s, {ran.cpu_seconds:.1f} s of them its own CPU, {ran.calls.total():,} calls"
        say(f"  … paid in {took}, {ran.memory_peak:.0f} MiB; writing the audit, proving the bank …")
        audit_trail.write(stub.stream())
        second = alone(consumed, run, SECOND, stub.settings) if with_second else None
        proven = proof.prove(accounts, [FIRST, SECOND] if second else [FIRST])
        whole_seconds = time.perf_counter() - started
        say(f"  … proven ({proven}), after {whole_seconds:.0f} s in all\n")
    return Size(accounts, loaded.seconds, ran, proven, whole_seconds, second)


def run(period: Period) -> Any:
    """Open, accrue every partition, close: what `statemachines/scheduled_run.asl.json` asks of `interest_task`.

    Returns the tally, which closing has logged and the run keeps.
    """
    from chalicelib.domain import permissions
    from chalicelib.services.interest import run_partition
    from chalicelib.services.interest.run import STEPS

    caller = permissions.system("bench")
    opened = STEPS.open_asked(period.name, None, caller)
    for partition in opened["partitions"]:
        run_partition.credit_accounts(opened | {"partition": partition}, caller, lambda: True)
    STEPS.close(period.name, opened["attempt"], caller)
    return STEPS.existing(period.name).tally()


def sections(sizes: Sequence[Size]) -> list[Section]:
    return [growth(sizes), *(per_account(size.second) for size in sizes if size.second)]


def growth(sizes: Sequence[Size]) -> Section:
    """By size, and the exponent with which each figure grows."""
    rows = [
        (
            f"{size.accounts:,}",
            f"{size.accounts / size.loaded_seconds:.0f}",
            f"{size.ran.seconds:.1f}",
            f"{size.accounts / size.ran.seconds:.0f}",
            f"{size.ran.cpu_seconds * 1000 / size.accounts:.2f}",
            f"{size.ran.calls.total() / size.accounts:.3f}",
            f"{size.ran.memory_before:.0f}",
            f"{size.ran.memory_peak:.0f}",
            size.proven,
        )
        for size in sizes
    ]
    accounts = [size.accounts for size in sizes]
    fitted = {
        "seconds": exponent(accounts, [size.ran.seconds for size in sizes]),
        "CPU": exponent(accounts, [size.ran.cpu_seconds for size in sizes]),
        "calls": exponent(accounts, [size.ran.calls.total() for size in sizes]),
    }
    largest, tally = sizes[-1].ran, sizes[-1].ran.tally
    calls = ", ".join(f"{times / tally.accounts:.3f} {name}" for name, times in largest.calls.most_common())
    notes = (
        f"Growth, fitted as accounts^x: {', '.join(f'{name} {power:.2f}' for name, power in fitted.items())}.",
        f"Calls to AWS an account, of {tally.accounts:,}: {calls}.",
        f"Of {tally.accounts:,} accounts {tally.credited:,} were credited; the others are current accounts at 0 %.",
        "One process pays all partitions one after the other; the state machine has eight at work at once.",
        "Seconds are as much the emulator's, another process on the same cores, as the bank's: count calls and CPU.",
        "The emulator sorts all of an index partition for each page of it, which shows in the seconds of large banks.",
        "CPU ms: of the run's process, for an account. MiB: peak of that process, before the run and after it.",
        "Each run's totals are what the ledger's interest expense says; proven as `make verify` does, the audit too.",
    )
    header = ("accounts", "loaded/s", "run s", "run/s", "CPU ms", "calls", "MiB before", "MiB peak", "proven")
    return Section("A month's interest", "python -m bench interest [100000]", table(header, rows, words=(8,)), notes)


def per_account(units: Consumed) -> Section:
    """Of a second month, in which an account has no entry but the credit of the month before."""
    accounts = units.tally.accounts
    rows = []
    for name, part in {"the run": units.run, "its audit": units.audit}.items():
        figures = (part.read, part.write, part.index_write, part.all_write)
        stored = f"{part.stored_bytes / accounts:,.0f}"
        rows.append((name, *(f"{figure / accounts:.2f}" for figure in figures), stored))
    calls = ", ".join(f"{times / accounts:.2f} {name}" for name, times in units.audit_calls.most_common())
    notes = (
        f"Of {accounts:,} accounts, a tenth of them without interest; progress, every fifty accounts, is in it.",
        f"The audit's calls an account: {calls}.",
    )
    header = ("an account", "read units", "write units", "of indexes", "all writes", "bytes stored")
    return Section(
        "DynamoDB request units of a month's interest", "python -m bench interest", table(header, rows), notes
    )


def exponent(sizes: Sequence[int], figures: Sequence[float]) -> float:
    """The x of figure = c · size^x, by least squares of the logarithms; 1 is linear."""
    across, up = [math.log(size) for size in sizes], [math.log(figure) for figure in figures]
    middle, height = sum(across) / len(across), sum(up) / len(up)
    covered = sum((one - middle) ** 2 for one in across)
    return sum((one - middle) * (other - height) for one, other in zip(across, up, strict=True)) / covered
