"""What risk adds to a transfer: at its screening, and after it in the stream's second consumer."""

import os
import statistics
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from bench import proof
from bench.functions import Functions
from bench.measure import ROUNDS, Cost, counted, cpu_ms
from bench.operations import Bank, Measured
from bench.report import Section, table
from bench.stub import Stub
from bench.watch import Watch

COMMAND = "python -m bench risk"


def section(stub: Stub) -> Section:
    """Screening with nothing to stop, then with profiles to read; and the judging of what was posted."""
    proof.forget()  # whatever bank another part of the bench has left
    watch = Watch()
    watch.begin()
    os.environ["REFERENCE_CACHE_SECONDS"] = "86400"  # of a warm function, which has read the thresholds
    functions = Functions()
    named = {one.name: one for one in Bank(functions, stub).operations()}
    posted = named["audit of a transfer"]
    watched = Measured("judging it, from the stream", "events", _watch, lambda: _streamed(posted))
    costs = []
    for name, operation, stops in (
        ("screening and posting, nothing to stop", named["transfer: post"], False),
        ("screening and posting, as it is by default", named["transfer: post"], True),
        (watched.name, watched, True),
    ):
        _let_stop(stops=stops)
        cost = counted(operation, functions, stub, watch)
        costs.append((name, cost, statistics.median(cpu_ms(operation) for _ in range(ROUNDS))))
    rows = [(name, f"{cpu:.1f}", _calls(cost.calls), *_units(cost)) for name, cost, cpu in costs]
    notes = (
        "Profiles are read with the accounts, eventually consistent, and only where a rule may decline.",
        "Judging reads both profiles and writes them; an alert, which is rare, is one transaction of two items more.",
        f"CPU: of the function's process, the median of {ROUNDS} rounds; the emulated AWS is another process.",
        f"The call itself took {_waited(named['transfer: post']):.1f} ms more here; in AWS a read takes a few.",
    )
    header = ("a transfer's", "CPU ms", "calls to AWS", "read units", "write units")
    return Section("What risk adds to a transfer", COMMAND, table(header, rows, words=(0, 2)), notes)


def _let_stop(*, stops: bool) -> None:
    from chalicelib.domain.if_match import ANY_VERSION
    from chalicelib.domain.permissions import system
    from chalicelib.domain.risk.thresholds import STANDARD, Thresholds
    from chalicelib.services.risk import thresholds

    told = STANDARD.to_json()
    if not stops:
        for rule in told["rules"].values():
            rule["action"] = "alert"
    thresholds.put(system("bench"), Thresholds.from_json(told), ANY_VERSION)


def _streamed(posted: Measured) -> Any:
    """What the stream tells of one more transfer, which is audited, for its successor must follow it."""
    records = posted.prepare()
    posted.run(records)
    return records


def _watch(records: Any) -> None:
    from chalicelib.services.events import event_consumer
    from chalicelib.services.risk import monitoring

    monitoring.watch(event_consumer.parse_records(records).posted)


def _waited(screen: Measured) -> float:
    """Milliseconds that screening takes longer where it reads profiles, by the clock on the wall."""

    def milliseconds() -> float:
        return statistics.median(_wall_ms(screen.run, screen.prepare()) for _ in range(ROUNDS))

    _let_stop(stops=False)
    without = milliseconds()
    _let_stop(stops=True)
    return milliseconds() - without


def _wall_ms(run: Callable[[Any], Any], prepared: Any) -> float:
    started = time.perf_counter_ns()
    run(prepared)
    return (time.perf_counter_ns() - started) / 1e6


def _calls(calls: Counter[str]) -> str:
    return ", ".join(f"{times} {name}" for name, times in calls.items())


def _units(cost: Cost) -> tuple[str, str]:
    return f"{cost.units.read:g}", f"{cost.units.all_write:g}"
