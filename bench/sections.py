"""What was measured, as tables; and the aims that it is held against."""

from collections import Counter
from collections.abc import Sequence

from bench import imports, measure, price
from bench.measure import Cost
from bench.operations import BATCH
from bench.price import Tariff, Transfer
from bench.report import Section, table

START, POST = "transfer: start and answer", "transfer: post"
AUDIT, AUTHORIZE = "audit of a transfer", "authorize (a request's token)"
BATCHED = f"batch of {BATCH} transfers"
REPORTS = "reports and risk of a transfer"
READS, WRITES = ("GetItem", "BatchGetItem", "Query"), ("PutItem", "UpdateItem", "TransactWriteItems")
KMS = ("GenerateDataKey", "Decrypt")
PERSONAL = ("register", "login", "profile")
IMPORT_RATIO_MAX = 1.3
POSTING_DOLLARS_MAX, ALL_DOLLARS_MAX, WITH_REPORTS_DOLLARS_MAX = 15, 22, 28
OPERATIONS, IMPORTS = "python -m bench operations", "python -m bench imports"


def work(costs: Sequence[Cost]) -> Section:
    """CPU time and calls."""
    rows = [(cost.name, f"{cost.cpu_ms:.1f}", _calls(cost.calls), f"{cost.log_bytes:,}") for cost in costs]
    steps = [cost for cost in costs if cost.name in (START, POST)]
    calls = sum((cost.calls for cost in steps), Counter[str]())
    logged = sum(cost.log_bytes for cost in steps)
    rows.append(("transfer: all of it", f"{sum(cost.cpu_ms for cost in steps):.1f}", _calls(calls), f"{logged:,}"))
    notes = (
        f"CPU: of the function's process, the median of {measure.ROUNDS} rounds; the emulated AWS is another process.",
        "API Gateway asks the authorizer before the API, and keeps its answer for 60 s.",
    )
    header = ("operation", "CPU ms", "calls to AWS", "bytes logged")
    return Section("CPU time and calls to AWS", OPERATIONS, table(header, rows, words=(0, 2)), notes)


def units(costs: Sequence[Cost]) -> Section:
    """Consumed units."""
    rows = []
    for cost in costs:
        consumed = cost.units
        figures = (consumed.read, consumed.write, consumed.index_write, consumed.all_write)
        rows.append((cost.name, *(f"{figure:g}" for figure in figures), f"{consumed.stored_bytes:,}"))
    notes = (
        "Computed from the items by DynamoDB's rules, which bench/units.py states with their sources.",
        "Writes to indexes follow a transaction and are not doubled. Stored: what tables and indexes grow by.",
        "A transfer has a short memo; a category or tags would add a label, an item of its own.",
    )
    header = ("operation", "read units", "write units", "of indexes", "all writes", "bytes stored")
    return Section("DynamoDB request units", OPERATIONS, table(header, rows), notes)


def batch(costs: Sequence[Cost]) -> Section:
    """A transfer in a full batch beside one by itself."""
    alone = [cost for cost in costs if cost.name in (START, POST)]
    together = next(cost for cost in costs if cost.name == BATCHED)
    figures = {
        "CPU ms": (sum(cost.cpu_ms for cost in alone), together.cpu_ms),
        "calls to AWS": (sum(cost.calls.total() for cost in alone), together.calls.total()),
        "writes of the paying account": (sum(cost.calls["TransactWriteItems"] for cost in alone), 1),
        "read units": (sum(cost.units.read for cost in alone), together.units.read),
        "write units": (sum(cost.units.all_write for cost in alone), together.units.all_write),
        "bytes logged": (sum(cost.log_bytes for cost in alone), together.log_bytes),
    }
    rows = [
        (name, f"{single:.1f}", f"{many / BATCH:.2f}", f"{single * BATCH / many:.1f}")
        for name, (single, many) in figures.items()
    ]
    notes = (
        f"{BATCH} transfers from one account to as many others, beside {BATCH} workflows of one transfer each.",
        "Writes of one account exclude each other, so their number bounds the transfers a second that it can make.",
    )
    return Section("Transfers in a batch", OPERATIONS, table(("a transfer", "alone", "in a batch", "÷"), rows), notes)


def personal(costs: Sequence[Cost], tariff: Tariff) -> Section:
    """What sealed fields add."""
    rows = []
    for cost in costs:
        asked = sum(cost.calls[name] for name in KMS)
        if asked or cost.name in PERSONAL:
            dollars = tariff.dollars("kms_requests", asked * price.MILLION)
            rows.append((cost.name, f"{cost.cpu_ms:.1f}", _calls(cost.calls), f"{dollars:.2f}"))
    transfer = [cost for cost in costs if cost.name in (START, POST, AUDIT, AUTHORIZE)]
    asked = sum(cost.calls[name] for cost in transfer for name in KMS)
    rows.append(
        ("transfer: all of it", "", f"{asked} of KMS", f"{tariff.dollars('kms_requests', asked * price.MILLION):.2f}")
    )
    notes = (
        "A data key is unwrapped once and cached for five minutes; an uncached one takes a BatchGetItem and a Decrypt.",
        f"The key that wraps them: ${tariff.dollars('kms_key_months', 1):.2f} a month.",
    )
    header = ("operation", "CPU ms", "calls to AWS", "$ of KMS, a million")
    return Section("Personal data", OPERATIONS, table(header, rows, words=(0, 2)), notes)


def starts(measured: Sequence[imports.Start], packages: Sequence[tuple[str, float]]) -> Section:
    """Import times."""
    boto3_ms = measured[0].cpu_ms
    rows = [(start.name, f"{start.cpu_ms:.0f}", f"{start.cpu_ms / boto3_ms:.2f}") for start in measured]
    dearest = ", ".join(f"{package} {milliseconds:.0f} ms" for package, milliseconds in packages)
    notes = (
        f"CPU time in a new process, the best of {imports.ROUNDS}. A function loads the rest with its first request.",
        "Packages carry bytecode, so a function compiles nothing. The last line is what it took before they did.",
        f"Dearest packages of the line above it, by -X importtime (which slows them down): {dearest}.",
    )
    return Section("Starting a function", IMPORTS, table(("load", "CPU ms", "× boto3"), rows), notes)


def bill(costs: Sequence[Cost], tariff: Tariff) -> Section:
    """A million transfers."""
    transfer = transfer_of(costs)
    lines = price.bill(transfer, tariff)
    rows = [(line.what, line.usage, f"{line.dollars:.2f}") for line in lines]
    posting, everything = totals(lines)
    count = sum(line.part == "posting" for line in lines)
    rows.insert(count, ("Posting path", "", f"{posting:.2f}"))
    rows.append(("Everything", "", f"{everything:.2f}"))
    following = price.reports(transfer, tariff)
    rows += [(line.what, line.usage, f"{line.dollars:.2f}") for line in following]
    rows.append(("… with reports and risk", "", f"{everything + sum(line.dollars for line in following):.2f}"))
    gigabytes, monthly = price.storage_dollars(transfer, tariff)
    told = {name: f"{value:g}" for name, value in tariff.assumed.items()}
    waits = f"{told['read_ms']} ms a read, {told['write_ms']} ms a write, {told['transaction_ms']} ms a transaction"
    kept = f"the {gigabytes:.1f} GB that a million transfers leave (${monthly:.2f})"
    doubled = tariff.dollars("dynamodb_write_units", transfer.post.units.index_write * price.MILLION)
    notes = (
        "Prices and all assumptions, with their reasons, are in bench/prices.json: us-east-1, list prices.",
        f"Time is CPU time on the function's share of a vCPU ({told['vcpu_megabytes']} MB have one), and {waits}.",
        "The API's function waits for the workflow. Functions are warm; transfers are posted at the first attempt.",
        "Reports and risk: a transfer that is alone in its batch. In a full one the sums of the bank are written once.",
        f"Were index writes of a transaction doubled like its items, which AWS does not say, it is {doubled:.2f} more.",
        f"Paid by the month, so not counted: {kept}, point-in-time recovery, metrics, alarms, the secret.",
    )
    return Section(
        "Price of a million transfers, in US dollars",
        OPERATIONS,
        table(("item", "usage of one", "$"), rows, (0, 1)),
        notes,
    )


def aims(
    costs: Sequence[Cost] | None,
    started: Sequence[imports.Start] | None,
    tariff: Tariff,
) -> Section:
    """Whether each aim is met."""
    rows = []
    if costs is not None:
        posts = [cost for cost in costs if cost.name in ("deposit", POST)]  # a withdrawal is screened as well
        reads = max(sum(cost.calls[name] for name in READS) for cost in posts)
        writes = max(sum(cost.calls[name] for name in WRITES) for cost in posts)
        posting, everything = totals(price.bill(transfer_of(costs), tariff))
        with_reports = everything + sum(line.dollars for line in price.reports(transfer_of(costs), tariff))
        rows += [
            ("read calls of a post", f"{reads}", "1", _met(reads <= 1)),
            ("write calls of a post", f"{writes}", "1", _met(writes <= 1)),
            (
                "posting path, $ a million",
                f"{posting:.2f}",
                f"{POSTING_DOLLARS_MAX}",
                _met(posting <= POSTING_DOLLARS_MAX),
            ),
            ("everything, $ a million", f"{everything:.2f}", f"{ALL_DOLLARS_MAX}", _met(everything <= ALL_DOLLARS_MAX)),
            (
                "… with reports and risk, $ a million",
                f"{with_reports:.2f}",
                f"{WITH_REPORTS_DOLLARS_MAX}",
                _met(with_reports <= WITH_REPORTS_DOLLARS_MAX),
            ),
        ]
    if started is not None:
        ratio = started[1].cpu_ms / started[0].cpu_ms
        rows.append(
            ("import app ÷ import boto3", f"{ratio:.2f}", f"{IMPORT_RATIO_MAX}", _met(ratio <= IMPORT_RATIO_MAX))
        )
    return Section("Aims", "python -m bench", table(("aim", "measured", "at most", ""), rows, (0, 3)))


def totals(lines: Sequence[price.Line]) -> tuple[float, float]:
    """Dollars of the posting path, and of everything."""
    return sum(line.dollars for line in lines if line.part == "posting"), sum(line.dollars for line in lines)


def transfer_of(costs: Sequence[Cost]) -> Transfer:
    named = {cost.name: cost for cost in costs}
    return Transfer(named[START], named[POST], named[AUDIT], named[AUTHORIZE], named[REPORTS])


def _calls(calls: Counter[str]) -> str:
    return ", ".join(f"{times} {name}" for name, times in calls.items())


def _met(holds: bool) -> str:
    return "met" if holds else "missed"
