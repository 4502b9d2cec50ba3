"""A scheduled run, step by step as the state machine asks for it, in a process of its own.

Of its own, so that its peak of memory and its processor time are those of the run and of nothing else.
"""

import multiprocessing
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from bench.stub import Stub, use_batch_timeouts
from bench.watch import Units, Watch
from infra.settings import Settings
from infra.targets import connect

Given = ParamSpec("Given")
Found = TypeVar("Found")
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Period:
    """A month or a day, and when its run takes place."""

    name: str
    run_at: datetime


@dataclass(frozen=True)
class Ran:
    """What a run took. Memory in MiB, peaks of the process: before the run, with everything loaded, and after it."""

    tally: Any
    seconds: float
    cpu_seconds: float
    calls: Counter[str]
    memory_before: float
    memory_peak: float


@dataclass(frozen=True)
class Consumed:
    """Units of a run, and of its audit."""

    tally: Any
    run: Units
    audit: Units
    audit_calls: Counter[str]


def alone(work: Callable[Given, Found], *given: Given.args, **named: Given.kwargs) -> Found:
    """Have something done by a new process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *given, **named).result()


Run = Callable[[Period], Any]
"""Opens the run of a period, works on every partition, closes it, and returns its tally."""


def measured(run: Run, period: Period) -> Ran:
    """Run a period, and say what it took."""
    watch = _begin(period)
    memory_before, started, cpu_started = memory_peak(), time.perf_counter(), time.process_time()
    with watch.counting_calls() as calls:
        tally = run(period)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
    return Ran(tally, seconds, cpu_seconds, calls, memory_before, memory_peak())


def consumed(run: Run, period: Period, settings: Settings) -> Consumed:
    """Run a period and have it audited as on AWS, looking at every item before and after: slow, and not timed."""
    stub = Stub(connect(settings), settings)
    changes = stub.stream()
    while next(changes):
        pass
    watch = _begin(period)
    with watch.counting_units(stub.database, stub.indexes()) as of_run:
        tally = run(period)
    from chalicelib.services.audit import audit_consumer

    with watch.counting_calls() as calls, watch.counting_units(stub.database, stub.indexes()) as of_audit:
        while batch := next(changes):
            audit_consumer.consume(batch)
    return Consumed(tally, of_run, of_audit, calls)


def _begin(period: Period) -> Watch:
    """The bank's clock and clients are new ones, and what it logs is written, but to where nobody reads it."""
    from chalicelib import clock
    from chalicelib.models import connection

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    watch = Watch()
    watch.begin()
    looks = iter(range(sys.maxsize))
    clock.set_clock(lambda: period.run_at + timedelta(milliseconds=next(looks)))
    use_batch_timeouts()
    connection.client()
    return watch


def memory_peak() -> float:
    """Of this process, in MiB. Linux says it of the program alone; `getrusage` also of what it was forked from."""
    status = Path("/proc/self/status")
    for line in status.read_text().splitlines() if status.exists() else ():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    unit = MEBIBYTE if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
