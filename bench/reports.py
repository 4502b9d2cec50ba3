"""What reports and statements cost in banks of about 1,000, 10,000 and 100,000 transactions.

`tests/api/reports/test_report_sizes.py` proves that they are right.

Sums must cost the same in all three; everything else may grow with what is asked for, and with nothing else.
"""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench import proof
from bench.functions import Functions
from bench.price import Tariff
from bench.report import Section, table
from bench.report_asked import BOOKS, SUMMARIES, Reports
from bench.report_cost import Cost, cost
from bench.stub import running_stub
from bench.watch import Watch
from chalicelib import clock
from infra.progress import say
from sampledata import reported_bank
from sampledata.reported_bank import NOW, SINCE, UNTIL
from sampledata.sandbox import Sandbox

SIZES = (1_000, 10_000, 100_000)
COMMAND = "python -m bench reports"
SAME_MAX = 1.5
"""Times as much, at most, is the same: on some days of a small bank nothing happens."""


@dataclass(frozen=True)
class Size:
    """A bank, and what its reports cost."""

    transactions: int
    costs: list[Cost]


class CostGrows(Exception):
    """A sum costs more in a larger bank."""


def measure(sizes: Sequence[int] = SIZES) -> list[Size]:
    """Measure a bank of each size. Raises CostGrows when a sum costs more in a larger one."""
    os.environ["REFERENCE_CACHE_SECONDS"] = "86400"  # of a warm function, which has read what it keeps
    functions = Functions()
    clock.set_clock(lambda: NOW)
    try:
        found = [_size(transactions, functions) for transactions in sizes]
    finally:
        clock.set_clock(None)
    require_independent(found)
    return found


def _size(wanted: int, functions: Functions) -> Size:
    started, watch = time.perf_counter(), Watch()
    with running_stub() as stub:
        proof.forget()
        stub.switch_stream(on=False)
        stub.make_files()
        people = max(1, round(wanted / reported_bank.TRANSACTIONS_A_PERSON))
        known = reported_bank.built(Sandbox(people, SINCE, UNTIL))
        say(f"  {len(known.made):,} transactions of {people} people loaded in {_since(started)}; measuring …")
        reports = Reports(known, functions, stub)
        watch.begin()
        proof.forget()
        costs = [cost(report, len(known.made), stub, watch) for report in reports.all()]
        watch.end()
        say(f"  … measured after {_since(started)}\n")
    return Size(len(known.made), costs)


def _since(started: float) -> str:
    return f"{time.perf_counter() - started:.0f} s"


def require_independent(sizes: Sequence[Size]) -> None:
    """Every sum makes the same calls in every bank, and reads as much in the largest as in the one before. In the
    smallest a branch or a category has days on which nothing moved; a customer and the books have not.

    Raises CostGrows.
    """
    for costs in zip(*(size.costs for size in sizes), strict=True):
        smallest, *_, before, largest = (costs[0], *costs)
        if not smallest.is_sum:
            continue
        if any(one.calls != smallest.calls for one in costs):
            raise CostGrows(f"{smallest.name}: not the same calls in every bank")
        moves_daily = smallest.name.startswith(SUMMARIES) or smallest.name == BOOKS
        for less in (before, *([smallest] if moves_daily else [])):
            if largest.read_units > SAME_MAX * less.read_units:
                raise CostGrows(f"{less.name}: {less.read_units:g} and {largest.read_units:g} read units")


def _pairs(sizes: Sequence[Size]) -> Iterator[tuple[Cost, Cost]]:
    """Each report in the smallest bank and in the largest."""
    return zip(sizes[0].costs, sizes[-1].costs, strict=True)


def sections(sizes: Sequence[Size], tariff: Tariff) -> list[Section]:
    return [at_each_size(sizes), growth(sizes), bill(sizes[-1], tariff)]


def at_each_size(sizes: Sequence[Size]) -> Section:
    """A line for each report and bank."""
    rows = []
    for costs in zip(*(size.costs for size in sizes), strict=True):
        for number, one in enumerate(costs):
            calls = ", ".join(f"{times:,} {name}" for name, times in one.calls.items())
            measured = (f"{one.read_units:,.5g}", f"{one.cpu_ms:,.1f}", f"{one.seconds:,.3f}")
            made = (f"{one.made.rows:,}", f"{one.made.size_bytes:,}")
            rows.append((one.name if number == 0 else "", f"{one.transactions:,}", *measured, *made, calls))
    notes = (
        "s: on this machine, its emulated AWS among it, which looks at a whole partition for each query; not AWS's.",
    )
    header = ("report", "transactions", "read units", "CPU ms", "s", "rows", "bytes", "calls to AWS")
    return Section("Reports and statements", COMMAND, table(header, rows, words=(0, 7)), notes)


def growth(sizes: Sequence[Size]) -> Section:
    """From the smallest bank to the largest."""
    rows = []
    for smallest, largest in _pairs(sizes):
        ratios = (
            _times(largest.made.rows, smallest.made.rows),
            _times(largest.calls.total(), smallest.calls.total()),
            _times(largest.read_units, smallest.read_units),
            _times(largest.cpu_ms, smallest.cpu_ms),
        )
        rows.append((smallest.name, *(f"{ratio:.1f}" for ratio in ratios), _said(ratios[0], ratios[2])))
    times = sizes[-1].transactions / sizes[0].transactions
    title = f"How they grow, where a bank has {times:.0f} times as many transactions"
    notes = (
        "A summary reads an item for each day on which anything moved, 366 at most: the smallest bank has quiet days.",
    )
    header = ("report", "rows ×", "calls ×", "read units ×", "CPU ×", "its cost grows")
    return Section(title, COMMAND, table(header, rows, words=(0, 5)), notes)


def bill(size: Size, tariff: Tariff) -> Section:
    """What each costs at the largest bank."""
    rows = []
    for one in size.costs:
        busy_ms = tariff.busy_ms(one)
        units = tariff.dollars("dynamodb_read_units", one.read_units) + tariff.dollars(
            "dynamodb_write_units", one.write_units
        )
        made = tariff.function_dollars(one.function, busy_ms, 1)
        memory = f"{one.function}, {tariff.memory[one.function]} MB"
        rows.append((one.name, memory, f"{busy_ms:,.0f}", f"{1_000 * units:.4f}", f"{1_000 * (units + made):.4f}"))
    notes = (
        "Computed as the bill of a million transfers is: function and DynamoDB, without gateway and logs.",
        "S3, by its list price of $0.005 for 1,000 puts (a part of 5 MiB is one), adds less than a tenth of a cent.",
    )
    header = ("report", "function", "ms", "$ of DynamoDB, a thousand", "$ a thousand")
    title = f"Price of a thousand reports at a bank of {size.transactions:,} transactions, in US dollars"
    return Section(title, COMMAND, table(header, rows, words=(0, 1)), notes)


def _times(largest: float, smallest: float) -> float:
    return largest / smallest if smallest else 1


def _said(rows: float, units: float) -> str:
    if units <= SAME_MAX:
        return "with nothing"
    return "with its rows" if units <= SAME_MAX * rows else "with more than its rows"
