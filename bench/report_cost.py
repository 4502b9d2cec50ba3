"""What reports and statements cost: each is made once and watched, and those that are quick some times more."""

import statistics
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.stub import Stub
from bench.watch import Watch

ROUNDS = 5
QUICK_SECONDS = 1.0
"""What takes longer is done once: its time is no moment's accident."""


@dataclass(frozen=True)
class Made:
    """What came of a report."""

    rows: int
    size_bytes: int


@dataclass(frozen=True)
class Report:
    """`run` makes it, on what `prepare` has made ready, and `told` looks at the result; only the first is measured.

    `function` is the one of the bank's that does it; `is_sum`: its cost must not grow with the transactions.
    """

    name: str
    run: Callable[[], Any]
    told: Callable[[Any], Made]
    prepare: Callable[[], Any] = lambda: None
    is_long: bool = False
    function: str = "api"
    is_sum: bool = False


@dataclass(frozen=True)
class Cost:
    """Of one report at a bank of so many transactions. Both times are this process's, without what watching takes."""

    name: str
    function: str
    transactions: int
    calls: Counter[str]
    read_units: float
    write_units: float
    cpu_ms: float
    seconds: float
    made: Made
    is_sum: bool = False


def cost(report: Report, transactions: int, stub: Stub, watch: Watch) -> Cost:
    """Of a warm function, which has loaded what it needs; a long report does not notice that it was not."""
    if not report.is_long:
        _timed(report)
    report.prepare()
    with watch.counting_calls() as calls, watch.counting_units(stub.database, stub.indexes()) as units:
        result, seconds, cpu_ms = _timed(report, prepared=True)
    watching_ms = watch.own_cpu_ns / 1e6
    times = [(seconds - watching_ms / 1e3, cpu_ms - watching_ms)]
    if not report.is_long and seconds < QUICK_SECONDS:
        times = [_timed(report)[1:] for _ in range(ROUNDS)]
    seconds, cpu_ms = (statistics.median(one) for one in zip(*times, strict=True))
    told = (calls, units.read, units.all_write, cpu_ms, seconds, report.told(result), report.is_sum)
    return Cost(report.name, report.function, transactions, *told)


def _timed(report: Report, *, prepared: bool = False) -> tuple[Any, float, float]:
    if not prepared:
        report.prepare()
    started, cpu_started = time.perf_counter(), time.process_time_ns()
    result = report.run()
    return result, time.perf_counter() - started, (time.process_time_ns() - cpu_started) / 1e6
