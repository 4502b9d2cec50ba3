"""What a daily run of standing orders costs, and that it grows with the orders and in nothing else."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bench.interest import exponent
from bench.price import MILLION, Tariff
from bench.report import Section, table
from bench.scheduled_run import Consumed, Period, Ran, alone, consumed, measured
from bench.stub import running_stub
from bench.watch import Units
from infra.progress import say

SIZES = (300, 1_000, 3_000)
WHOLE_MAX = 300
"""Orders of a bank that has its audit, and is proven whole; of a larger one the sums."""
DUE = (date(2026, 7, 15), date(2026, 8, 17))
"""Business days. 15 August is a Saturday."""
PROCESSES = 2
COMMAND = "python -m bench orders"
FUNCTION = "standing_order_task"


NIGHTS = ("3 days before", "2 days before", "the day before", "the run that pays")
"""The runs in which an order is looked at, and paid."""


@dataclass(frozen=True)
class Size:
    """A bank of so many orders that are due on one day, the run that pays them, and how it was proven.

    `looks` are the runs of the three days before; `units` those of the four nights of another date. Both are measured
    in the smallest bank only.
    """

    orders: int
    ran: Ran
    proven: str
    looks: list[Ran]
    units: list[Consumed]


def measure(largest: int | None = None) -> list[Size]:
    """Banks of 300 orders, of 1,000, ten times as many, and so on up to the largest; of three sizes without one."""
    sizes = [SIZES[0], *(10**power for power in range(3, 9) if 10**power < largest), largest] if largest else SIZES
    return [_size(orders, is_smallest=orders == sizes[0]) for orders in sizes]


def _size(orders: int, *, is_smallest: bool) -> Size:
    """Load a bank, pay a day, prove it. Units are counted item by item, in the next month."""
    from bench import order_proof, proof
    from bench.order_book import OrderBook, load
    from sampledata import audit_trail  # they import the application, whose loading is measured before

    is_audited = orders <= WHOLE_MAX
    started = time.perf_counter()
    with running_stub() as stub:
        proof.forget()
        stub.switch_stream(on=False)
        loaded = load(OrderBook(orders, DUE[0], is_audited), PROCESSES)
        stub.switch_stream(on=is_audited)
        say(f"  {orders:,} orders, {loaded.items:,} items loaded in {loaded.seconds:.0f} s; paying …")
        *before, on_the_day = nights(DUE[0])
        looks = [alone(measured, run, period) for period in before if is_smallest]
        ran = alone(measured, run, on_the_day)
        took = f"{ran.seconds:.1f} s, {ran.cpu_seconds:.1f} s of them its own CPU, {ran.calls.total():,} calls"
        say(f"  … paid in {took}, {ran.memory_peak:.0f} MiB; proving the bank …")
        if is_audited:
            audit_trail.write(stub.stream())
        units = [alone(consumed, run, period, stub.settings) for period in nights(DUE[1]) if is_smallest]
        paid = [on_the_day, *(nights(DUE[1])[-1:] if is_smallest else [])]
        proven = order_proof.prove(orders, paid, is_whole=is_audited)
        say(f"  … proven ({proven}), after {time.perf_counter() - started:.0f} s in all\n")
    return Size(orders, ran, proven, looks, units)


def nights(due: date) -> list[Period]:
    """Return the first runs of the three days before a day, and of the day itself."""
    days = [due - timedelta(days=days) for days in (3, 2, 1, 0)]
    return [Period(day.isoformat(), datetime(day.year, day.month, day.day, 0, 5, 1, tzinfo=UTC)) for day in days]


def run(period: Period) -> Any:
    """Open, pay every partition, close: what `statemachines/scheduled_run.asl.json` asks of `standing_order_task`.

    Returns the tally, which closing has logged and the run keeps.
    """
    from chalicelib.domain import permissions
    from chalicelib.services.orders.run import STEPS, pay

    caller = permissions.system("bench")
    opened = STEPS.open_asked(period.name, None, caller)
    for partition in opened["partitions"]:
        pay(opened | {"partition": partition}, caller, lambda: True)
    STEPS.close(period.name, opened["attempt"], caller)
    return STEPS.existing(period.name).tally()


def sections(sizes: Sequence[Size], tariff: Tariff) -> list[Section]:
    return [growth(sizes), *(per_order(size, tariff) for size in sizes if size.units)]


def growth(sizes: Sequence[Size]) -> Section:
    """By size, and the exponent with which each figure grows."""
    rows = [
        (
            f"{size.orders:,}",
            f"{size.ran.seconds:.1f}",
            f"{size.orders / size.ran.seconds:.0f}",
            f"{size.ran.cpu_seconds * 1000 / size.orders:.2f}",
            f"{size.ran.calls.total() / size.orders:.3f}",
            f"{size.ran.memory_before:.0f}",
            f"{size.ran.memory_peak:.0f}",
            size.proven,
        )
        for size in sizes
    ]
    orders, largest = [size.orders for size in sizes], sizes[-1]
    fitted = {
        "seconds": exponent(orders, [size.ran.seconds for size in sizes]),
        "CPU": exponent(orders, [size.ran.cpu_seconds for size in sizes]),
        "calls": exponent(orders, [size.ran.calls.total() for size in sizes]),
    }
    calls = ", ".join(f"{times / largest.orders:.3f} {name}" for name, times in largest.ran.calls.most_common())
    notes = (
        f"Growth, fitted as orders^x: {', '.join(f'{name} {power:.2f}' for name, power in fitted.items())}.",
        f"Calls to AWS an order, of {largest.orders:,}: {calls}.",
        "Each order pays 1.00 from an account of its own, to one from which another order pays.",
        "One process pays all partitions one after the other; the state machine has eight at work at once.",
        "Seconds are as much the emulator's, another process on the same cores, as the bank's: count calls and CPU.",
        "CPU ms: of the run's process, for an order. MiB: peak of that process, before the run and after it.",
        "Proven: accounts have the entries of one payment an order, and sum to zero; whole: as `make verify` does.",
    )
    header = ("orders", "run s", "run/s", "CPU ms", "calls", "MiB before", "MiB peak", "proven")
    return Section("A day's standing orders", f"{COMMAND} [100000]", table(header, rows, words=(7,)), notes)


def per_order(size: Size, tariff: Tariff) -> Section:
    """What one date of an order takes, with the looks ahead at it in the three days before."""
    parts = dict(zip(NIGHTS, (one.run for one in size.units), strict=True))
    parts["audit and events of all of it"] = sum((one.audit for one in size.units), Units())
    rows, together = [], 0.0
    for name, part in parts.items():
        figures = (part.read, part.write, part.index_write, part.all_write)
        dollars = tariff.dollars("dynamodb_read_units", part.read / size.orders * MILLION)
        dollars += tariff.dollars("dynamodb_write_units", part.all_write / size.orders * MILLION)
        together += dollars
        rows.append((name, *(f"{figure / size.orders:.2f}" for figure in figures), f"{dollars:.2f}"))
    for name, ran in zip(NIGHTS, (*size.looks, size.ran), strict=True):
        busy_ms = tariff.time_ms(FUNCTION, ran.cpu_seconds * 1000, ran.calls) / size.orders
        gigabytes = tariff.memory[FUNCTION] / 1024
        dollars = tariff.dollars("lambda_gigabyte_seconds", busy_ms / 1000 * gigabytes * MILLION)
        together += dollars
        calls = f"{ran.calls.total() / size.orders:.2f} calls"
        rows.append((f"Lambda, {name}: {calls}, {busy_ms:.1f} ms", "", "", "", "", f"{dollars:.2f}"))
    rows.append(("together", "", "", "", "", f"{together:.2f}"))
    notes = (
        f"Of {size.orders:,} monthly orders; what the runs write of their progress is in it.",
        "Each run of the three days before reads the order. The first of them makes the forecast of its account.",
        f"Lambda: CPU time on the share of a vCPU of {tariff.memory[FUNCTION]} MB, and waiting, as for transfers.",
        "Not in it: the function of the audit and of reports, which are those of a transfer.",
    )
    header = ("an order", "read units", "write units", "of indexes", "all writes", "$ a million")
    return Section("Price of a million payments of standing orders", COMMAND, table(header, rows), notes)
