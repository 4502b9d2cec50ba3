"""Measures operations: calls and units once, for they are the same each time; CPU time often, for it is not."""

import statistics
import time
from collections import Counter
from dataclasses import dataclass, replace

from bench.functions import Functions
from bench.operations import Bank, Measured
from bench.stub import Stub
from bench.watch import Units, Watch

ROUNDS = 40
WARM_UP_ROUNDS = 3


@dataclass(frozen=True)
class Cost:
    """What one operation costs. CPU time in milliseconds of the function's process, the median of the rounds."""

    name: str
    function: str
    cpu_ms: float
    calls: Counter[str]
    units: Units
    log_bytes: int


def costs(stub: Stub) -> list[Cost]:
    """Of every operation. Rounds go through all of them, so that a busy moment of the machine hits all alike."""
    watch = Watch()
    watch.begin()
    functions = Functions()
    operations = list(Bank(functions, stub).operations())
    once = [counted(operation, functions, stub, watch) for operation in operations]
    rounds = [[cpu_ms(operation) for operation in operations] for _ in range(ROUNDS)]
    return [
        replace(cost, cpu_ms=statistics.median(times))
        for cost, times in zip(once, zip(*rounds, strict=True), strict=True)
    ]


def counted(operation: Measured, functions: Functions, stub: Stub, watch: Watch) -> Cost:
    """Once everything is loaded and kept that a warm function has."""
    for _ in range(WARM_UP_ROUNDS):
        operation.run(operation.prepare())
    prepared = operation.prepare()
    logged = functions.log.tell()
    with watch.counting_calls() as calls, watch.counting_units(stub.database, stub.indexes()) as units:
        operation.run(prepared)
    return Cost(operation.name, operation.function, 0, calls, units, functions.log.tell() - logged)


def cpu_ms(operation: Measured) -> float:
    prepared = operation.prepare()
    started = time.process_time_ns()
    operation.run(prepared)
    return (time.process_time_ns() - started) / 1e6
