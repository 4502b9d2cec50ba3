"""What payments to other banks take: that a cycle grows with them and in nothing else, and what a million costs."""

import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bench.interest import exponent
from bench.price import MILLION, Tariff
from bench.report import Section, table
from bench.scheduled_run import alone
from bench.stub import running_stub
from infra.progress import say

if TYPE_CHECKING:
    from bench.payment_phases import Phase

Rail = Literal["instant", "standard"]
SIZES = (100, 300, 1_000)
SIZES_BEFORE_LARGEST = (100, 1_000, 3_000)
PRICED: "dict[Rail, int]" = {"standard": 100, "instant": 33}
"""Payments of which the price is: standard ones are 25 in a message then, instant ones alone in any case."""
COMMAND = "python -m bench payments"
RAILS: tuple[Rail, ...] = ("standard", "instant")
FUNCTIONS = {
    "make": "transfer_task",
    "send": "clearing_task",
    "accept": "receive_clearing",
    "advise": "receive_clearing",
    "state": "receive_clearing",
}
REQUESTS_A_DOCUMENT = 3
"""Of SQS: sent, received, deleted."""
ENVIRONMENT = {
    "CLEARING": "on",
    "CLEARING_BIC": "CLRGDEFFXXX",
    "CLEARING_OUTBOX_URL": "https://queue.example",
    "SETTLEMENT_STATE_MACHINE_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:settlement",
}


@dataclass(frozen=True)
class Size:
    """So many payments of a rail by so many payers, and what each phase has taken."""

    rail: Rail
    payments: int
    payers: int
    phases: "dict[str, Phase]"

    @property
    def is_file(self) -> bool:
        return self.payers == 1

    @property
    def functions(self) -> dict[str, str]:
        """Return the function of each phase that a payment is charged for. The verification is the operator's."""
        return FUNCTIONS | ({"make": "payment_file_task"} if self.is_file else {})


def measure(largest: int | None = None) -> list[Size]:
    """Cycles of several sizes, up to the largest; the price is of PRICED of each rail, and of one payer's."""
    sizes = (*(size for size in SIZES_BEFORE_LARGEST if size < largest), largest) if largest else SIZES
    company = _size("standard", PRICED["standard"], payers=1, is_priced=True)
    priced = (_size(rail, number, is_priced=True) for rail, number in PRICED.items())
    return [*(_size("standard", size) for size in sizes), *priced, company]


def _size(rail: Rail, payments: int, payers: int | None = None, *, is_priced: bool = False) -> Size:
    from bench import payment_book, payment_phases  # they load the application, whose loading is measured before

    started = time.perf_counter()
    with running_stub() as stub:
        os.environ |= ENVIRONMENT
        stub.switch_stream(on=is_priced)
        payers = payers or payments
        alone(payment_book.load, payers)
        settings = stub.settings if is_priced else None
        book = payment_book.Book(rail, payments, payers)
        phases = {name: alone(payment_phases.run, name, book, settings) for name in payment_phases.PHASES}
    say(f"  {payments:,} {rail} payments of {payers:,} payers, after {time.perf_counter() - started:.0f} s")
    return Size(rail, payments, payers, phases)


def sections(sizes: Sequence[Size], tariff: Tariff) -> list[Section]:
    priced = [size for size in sizes if size.phases["make"].units.write]
    return [growth([size for size in sizes if size not in priced]), *(price(size, tariff) for size in priced)]


def growth(sizes: Sequence[Size]) -> Section:
    """By size: calls for each payment, and memory; and the exponent with which calls grow."""
    names = list(sizes[0].phases)
    rows = []
    for size in sizes:
        calls = (f"{sum(size.phases[name].calls.values()) / size.payments:.2f}" for name in names)
        most = max(size.phases[name].memory_peak - size.phases[name].memory_before for name in names)
        cpu_ms = sum(phase.cpu_seconds for phase in size.phases.values()) / size.payments * 1000
        rows.append((f"{size.payments:,}", *calls, f"{cpu_ms:.1f}", f"{most:.0f}"))
    payments = [size.payments for size in sizes]
    fitted = {name: exponent(payments, [sum(size.phases[name].calls.values()) for size in sizes]) for name in names}
    cpu = exponent(payments, [sum(phase.cpu_seconds for phase in size.phases.values()) for size in sizes])
    notes = (
        f"Growth of calls, fitted as payments^x: {', '.join(f'{name} {power:.2f}' for name, power in fitted.items())}.",
        f"Growth of CPU time: {cpu:.2f}.",
        "Each payer pays 1.00 from an account of its own, so a message has 33 payments: the fewest.",
        "CPU ms: of the bank's code for each payment, in all phases; the emulator is another process.",
        "The last phase is the reconciliation of `make verify`, which has found every payment once.",
        "MiB: by how much the peak of the phase's process grew that grew most.",
    )
    header = ("payments", *names, "CPU ms", "MiB more")
    return Section("Calls to AWS for each payment of a cycle", f"{COMMAND} [10000]", table(header, rows), notes)


def price(size: Size, tariff: Tariff) -> Section:
    """A million payments of a rail."""
    rows, together, audits, decrypted, documents = [], 0.0, 0.0, 0, 0
    for name, function in size.functions.items():
        phase = size.phases[name]
        documents += phase.documents
        decrypted += phase.calls.get("Decrypt", 0)
        for what, units in ((name, phase.units), (f"{name}: audit and events", phase.audit)):
            dollars = tariff.dollars("dynamodb_read_units", units.read / size.payments * MILLION)
            dollars += tariff.dollars("dynamodb_write_units", units.all_write / size.payments * MILLION)
            together += dollars
            audits += dollars if units is phase.audit else 0
            used = f"{units.read / size.payments:.2f} read, {units.all_write / size.payments:.2f} write units"
            rows.append((what, used, f"{dollars:.2f}"))
        calls = Counter(phase.calls)
        busy_ms = tariff.time_ms(function, phase.cpu_seconds * 1000, calls) / size.payments
        gigabytes = tariff.memory[function] / 1024
        dollars = tariff.dollars("lambda_gigabyte_seconds", busy_ms / 1000 * gigabytes * MILLION)
        together += dollars
        rows.append(
            (f"{name}: Lambda", f"{calls.total() / size.payments:.2f} calls, {busy_ms:.1f} ms", f"{dollars:.2f}")
        )
    others = {
        "SQS": tariff.dollars("sqs_requests", documents * REQUESTS_A_DOCUMENT / size.payments * MILLION),
        "KMS: data keys": tariff.dollars("kms_requests", decrypted / size.payments * MILLION),
        "Lambda: invocations": tariff.dollars("lambda_requests", _invocations(size, documents) * MILLION),
        **({} if size.is_file else _asked_alone(size, tariff)),
    }
    for what, dollars in others.items():
        together += dollars
        rows.append((what, "", f"{dollars:.2f}"))
    rows += [("together", "", f"{together:.2f}"), ("… of it without audit and events", "", f"{together - audits:.2f}")]
    of_whom = "one payer, in a file" if size.is_file else "as many payers, whose data keys are not cached"
    notes = (
        f"Of {size.payments} payments by {of_whom}. The audit has full batches.",
        "Lambda: CPU time on the share of a vCPU, and waiting. CPU includes looking at items to count units.",
        "Not in it: authorizer and logs, as for transfers; report totals; Lambda of the audit; transitions of a cycle.",
    )
    return Section(
        f"Price of a million {size.rail} payments to other banks{', in files' if size.is_file else ''}",
        COMMAND,
        table(("item", "of one", "$"), rows, (0, 1)),
        notes,
    )


def _invocations(size: Size, documents: int) -> float:
    """Return how many functions a payment invokes: for one that is asked for alone, authorizer, API, task and audit."""
    return (1 if size.is_file else 4) + documents / size.payments


def _asked_alone(size: Size, tariff: Tariff) -> dict[str, float]:
    """Return what a million payments cost for being asked for one by one."""
    phase = size.phases["make"]
    make_ms = tariff.time_ms("transfer_task", phase.cpu_seconds * 1000, Counter(phase.calls))
    return {
        "Step Functions: the transfer's workflow": tariff.express_dollars(make_ms / size.payments + 30),
        "API Gateway": tariff.dollars("gateway_requests", MILLION),
    }
