"""What becomes of payments to another bank, phase by phase, each in a process of its own.

The other side is played here: it accepts every payment, books each message, and states the day in pages.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from bench.payment_book import Book
from bench.scheduled_run import memory_peak
from bench.stub import Stub, use_batch_timeouts
from bench.watch import Units, Watch
from chalicelib import clock, workflows
from chalicelib.domain.clearing import pacs002
from chalicelib.domain.clearing.identity import uetr_of
from chalicelib.domain.clearing.original_payment import OriginalPayment
from chalicelib.domain.clearing.pacs002 import PaymentStatus, StatusReport
from chalicelib.domain.errors import BankError
from chalicelib.domain.permissions import system
from chalicelib.models import connection
from chalicelib.models.clearing.message import OutgoingMessage
from chalicelib.services.audit import audit_consumer
from chalicelib.services.clearing import adapter, cycles, inbox, submission
from chalicelib.services.payments import batches, transfer_steps
from chalicelib.services.verification import verify_nostro
from clearing_bank import advices
from clearing_bank.advices import Page
from clearing_bank.answers import OWN_BIC
from clearing_bank.facts import Entry
from infra.settings import Settings
from infra.targets import connect

DAY = date(2026, 7, 15)
CYCLE = f"{DAY}.1"
BANK = system("bench")
PHASES = ("make", "send", "accept", "advise", "state", "reconcile")
HOURS = {"make": 9, "send": 15, "accept": 16, "advise": 17, "state": 24, "reconcile": 48}
PAGE_PAYMENTS = 300
FILE_AT_ONCE = 25
Message = tuple[str, list[str]]
"""Its id, and the transactions of its payments."""


@dataclass(frozen=True)
class Phase:
    """What a phase has taken. `documents` are those that passed a queue; memory in MiB."""

    calls: dict[str, int]
    documents: int
    cpu_seconds: float
    memory_before: float
    memory_peak: float
    units: Units
    audit: Units


def run(name: str, book: Book, settings: Settings | None = None) -> Phase:
    """Do a phase for the payments of a book. With `settings`, count units and have it audited: slow."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    stub = Stub(connect(settings), settings) if settings else None
    watch = Watch()
    watch.begin()
    at, looks = datetime.combine(DAY, datetime.min.time(), UTC) + timedelta(hours=HOURS[name]), iter(range(sys.maxsize))
    clock.set_clock(lambda: at + timedelta(seconds=1, milliseconds=next(looks)))
    use_batch_timeouts()
    connection.client()
    sent = _replace_queue()
    cycles.send_success = _wake_nothing
    work = _work(name, book)
    changes = stub.stream() if stub else iter(())
    while batch := next(changes, None):  # what was done before is audited first, or is audited already
        audit_consumer.consume(batch)
    before, started = memory_peak(), time.process_time()
    units, audit = Units(), Units()
    with watch.counting_calls() as calls:
        if stub:
            with watch.counting_units(stub.database, stub.indexes()) as units:
                received = work()
        else:
            received = work()
    cpu = time.process_time() - started
    if stub:
        with watch.counting_units(stub.database, stub.indexes()) as audit:
            while batch := next(changes):
                audit_consumer.consume(batch)
    return Phase(dict(calls), received + len(sent), cpu, before, memory_peak(), units, audit)


def _replace_queue() -> list[int]:
    """Let nothing leave the process, and return the lengths of what would."""
    sent: list[int] = []

    def take(xml: str) -> None:
        sent.append(len(xml))

    adapter.send = take
    return sent


def _work(name: str, book: Book) -> Callable[[], int]:
    """Return the work of a phase. What the other side has to know is read before."""
    if name == "make":
        return partial(_make_all, book)
    if name == "send":
        return partial(_send_all, book)
    if name == "reconcile":
        return partial(_reconcile, book)
    sent = _messages(book)
    documents = {"accept": _acceptances, "advise": _notifications, "state": _pages}[name](sent)
    return partial(_receive_all, documents)


def _make_all(book: Book) -> int:
    """Ask for every payment, and hold its money: what the API and the task of the workflow do, or the file's job."""
    if book.is_file:
        for start in range(0, book.payments, FILE_AT_ONCE):
            numbers = range(start, min(start + FILE_AT_ONCE, book.payments))
            results = batches.post_all([book.request(number) for number in numbers])
            if any(isinstance(one, BankError) for one in results):
                raise AssertionError(results)
        return 0
    for number in range(book.payments):
        result = transfer_steps.post(book.request(number))
        if result["status"] != "decided":
            raise AssertionError(result)
    return 0


def _send_all(book: Book) -> int:
    if book.rail == "instant":
        for transaction_id in book.transaction_ids():
            submission.submit_instant(BANK, transaction_id)
        return 0
    workflows.start = _start_nothing
    opened = cycles.open_due(BANK)
    if opened is None or opened.id != CYCLE:
        raise AssertionError("no cycle is due")
    cycles.collect(BANK, CYCLE, lambda: True)
    cycles.wait(BANK, CYCLE, "task-token")
    return 0


def _start_nothing(state_machine_arn: str, name: str, given: dict[str, Any], *, detail: str = "") -> None:
    """Start no workflow: its steps are called here."""


def _wake_nothing(task_token: str) -> None:
    """Wake no workflow."""


def _messages(book: Book) -> list[Message]:
    each = book.transaction_ids() if book.rail == "instant" else [CYCLE]
    return [(one.id, one.transaction_ids) for cycle in each for one in OutgoingMessage.all_of(cycle)]


def _receive_all(documents: Iterator[str]) -> int:
    received = 0
    for document in documents:
        inbox.receive(BANK, document)
        received += 1
    return received


def _acceptances(sent: Sequence[Message]) -> Iterator[str]:
    for name, transaction_ids in sent:
        originals = (OriginalPayment(uetr=uetr_of(one)) for one in transaction_ids)
        statuses = tuple(PaymentStatus(one, "ACSC", None) for one in originals)
        yield pacs002.build(StatusReport(f"A-{name}"[:35], (), statuses, OWN_BIC), clock.now())


def _entry(message: Message) -> Entry:
    name, transaction_ids = message
    one = Decimal("-1.00")
    each = tuple((uetr_of(transaction_id), "T", "E", one) for transaction_id in transaction_ids)
    return Entry(f"E-{name}"[:35], name, DAY, one * len(each), "EUR", each)


def _notifications(sent: Sequence[Message]) -> Iterator[str]:
    for message in sent:
        yield advices.notification(f"N-{message[0]}"[:35], _entry(message), clock.now())


def _pages(sent: Sequence[Message]) -> Iterator[str]:
    at, left = clock.now(), list(sent)
    number, balance = 0, Decimal("0.00")
    while left:
        entries, payments = list[Entry](), 0
        while left and payments < PAGE_PAYMENTS:
            entries.append(_entry(left.pop()))
            payments += len(entries[-1].payments)
        number, opening = number + 1, balance
        balance += sum((one.amount for one in entries), Decimal(0))
        page = Page(number, not left, opening, balance)
        yield advices.statement(f"S-{number}", "S", "EUR", DAY, page, entries, at)


def _reconcile(book: Book) -> int:
    """Verify every payment against the statement. Raises AssertionError where one is missing, Broken for another."""
    stated = verify_nostro.prove(lambda _: None)
    if stated != book.payments:
        raise AssertionError(f"{stated} payments are stated")
    return 0
