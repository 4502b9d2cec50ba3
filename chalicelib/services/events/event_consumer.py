"""What follows from the stream of `bank` besides the audit: one consumer, and the handlers of each batch.

A stream feeds two consumers well and a third one badly, so whatever else is to follow from what happens in the bank is
another handler here. Each gets what a batch tells, in its order. It must be able to meet the same again, for a batch
that fails in one handler is delivered to all of them again.

A record that a handler cannot handle is set aside, and everything else goes on: the other records, and the other
handlers of this one.
"""

from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from chalicelib import resources, workflows
from chalicelib.domain.errors import Unavailable
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.clearing.payment_file import PaymentFile
from chalicelib.models.customers.personal_read import PersonalRead
from chalicelib.models.events.stream_record import ItemChange, item_change_of
from chalicelib.models.item import BankItem
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.orders.execution import Execution
from chalicelib.models.orders.order import Order
from chalicelib.models.orders.shortfall import Shortfall
from chalicelib.models.payments.label import Label
from chalicelib.models.reports.report_export import Export
from chalicelib.models.verification.verification import Verification
from chalicelib.observability import logger
from chalicelib.services import long_jobs, set_aside
from chalicelib.services.mail import notices
from chalicelib.services.payments import category_rules, labels
from chalicelib.services.privacy import reads
from chalicelib.services.reports import ended_transactions, rollups
from chalicelib.services.risk import monitoring


@dataclass(frozen=True)
class StreamBatch:
    """The content of a stream batch: posted transactions, those that ended otherwise, those stopped for risk, new
    labels, requested jobs, reads of personal data, approvals that have expired, shortfalls that were foreseen, refused
    payments of orders, orders that the bank has suspended, and payments to other banks that were queued."""

    posted: tuple[Transaction, ...] = ()
    ended: tuple[Transaction, ...] = ()
    stopped: tuple[Transaction, ...] = ()
    labelled: tuple[Label, ...] = ()
    jobs: tuple[long_jobs.Job, ...] = ()
    reads: tuple[PersonalRead, ...] = ()
    expired: tuple[Approval, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    refused: tuple[Execution, ...] = ()
    suspended: tuple[Order, ...] = ()
    instant: tuple[ClearingPayment, ...] = ()


Handler = Callable[[StreamBatch], None]


def _count(happened: StreamBatch) -> None:
    if happened.posted or happened.labelled:
        rollups.count(happened.posted, happened.labelled)


def _count_ended(happened: StreamBatch) -> None:
    if happened.ended:
        ended_transactions.count(happened.ended)


def _start(happened: StreamBatch) -> None:
    for job in happened.jobs:
        long_jobs.start(job)


def _watch(happened: StreamBatch) -> None:
    if happened.posted or happened.stopped:
        monitoring.watch((*happened.posted, *happened.stopped))


def _categorise(happened: StreamBatch) -> None:
    """Label payments by their customers' rules, and then reversals like the payments that they reverse."""
    category_rules.apply(tuple(one for one in happened.posted if not one.reverses))
    labels.carry_over(one for one in happened.posted if one.reverses)


def _list_reads(happened: StreamBatch) -> None:
    if happened.reads:
        reads.list_under_customers(happened.reads)


def _tell_makers(happened: StreamBatch) -> None:
    notices.tell_makers(happened.expired)
    notices.tell_of_shortfalls(happened.shortfalls)
    if happened.refused or happened.suspended:
        notices.tell_payers(happened.refused, happened.suspended)


def _send_instant(happened: StreamBatch) -> None:
    """Have instant payments sent at once. The sweep sends those that cannot be sent now."""
    for payment in happened.instant:
        if payment.rail == "instant":
            with suppress(Unavailable):
                asked = {"step": "instant", "input": {"transaction_id": payment.id}}
                workflows.send(resources.clearing_function_name(), asked)


HANDLERS: tuple[Handler, ...] = (
    _count,
    _count_ended,
    _categorise,
    _start,
    _watch,
    _list_reads,
    _tell_makers,
    _send_instant,
)
Record = dict[str, Any]


def consume(records: list[Record]) -> StreamBatch:
    """Let every handler have what a batch tells. What may pass is raised, and the stream sends the batch again."""
    readable = [record for record in records if _do("read", record, lambda record: parse_records([record]))]
    happened = parse_records(readable)
    for handler in HANDLERS:
        _handle(handler, happened, readable)
    logger.info("events handled", posted=len(happened.posted), labelled=len(happened.labelled), received=len(records))
    return happened


def _handle(handler: Handler, happened: StreamBatch, records: list[Record]) -> None:
    """Let a handler have a batch; where it fails, have each record by itself."""
    try:
        handler(happened)
    except Exception as error:
        if set_aside.may_pass(error):
            raise
        for one in records:
            _do(handler.__name__.strip("_"), one, lambda record: handler(parse_records([record])))


def _do(doing: str, record: Record, act: Callable[[Record], object]) -> bool:
    """Act on one record, or set it aside. Return whether it was acted on."""
    try:
        act(record)
    except Exception as error:
        if set_aside.may_pass(error):
            raise
        set_aside.put("events", record, error, doing)
        return False
    return True


def batch_of(item: BankItem) -> StreamBatch:
    """Return what the stream tells last of an item as it is now."""
    if isinstance(item, Transaction) and item.status == "posted":
        return StreamBatch(posted=(item,))
    if isinstance(item, Transaction):
        return StreamBatch(
            ended=(item,) if item.status in ENDED else (), stopped=(item,) if monitoring.is_stopped(item) else ()
        )
    if isinstance(item, Label):
        return StreamBatch(labelled=(item,))
    if isinstance(item, Export | PaymentFile | Verification) and long_jobs.is_waiting(item):
        return StreamBatch(jobs=(item,))
    if isinstance(item, PersonalRead):
        return StreamBatch(reads=(item,))
    if isinstance(item, Approval) and item.status == "expired":
        return StreamBatch(expired=(item,))
    if isinstance(item, Shortfall):
        return StreamBatch(shortfalls=(item,))
    if isinstance(item, Execution) and item.is_told:
        return StreamBatch(refused=(item,))
    if isinstance(item, Order) and item.is_suspended_by_bank:
        return StreamBatch(suspended=(item,))
    return StreamBatch()


Applies = Callable[[ItemChange], bool]


def _becomes(*statuses: str) -> Applies:
    return lambda change: change.status in statuses and change.status != change.status_before


def _is_new(change: ItemChange) -> bool:
    return change.is_new


def _always(_: ItemChange) -> bool:
    return True


ENDED = ("failed", "voided", "expired")
"""Statuses of a transaction that will not be posted."""
FOLLOWED: tuple[tuple[str, str, type[BankItem], Applies], ...] = (
    ("transaction", "posted", Transaction, _becomes("posted")),
    ("transaction", "stopped", Transaction, _is_new),
    ("label", "labelled", Label, _always),
    ("export", "jobs", Export, _is_new),
    ("verification", "jobs", Verification, _is_new),
    ("payment_file", "jobs", PaymentFile, _becomes("received")),
    ("personal_read", "reads", PersonalRead, _always),
    ("approval", "expired", Approval, _becomes("expired")),
    ("shortfall", "shortfalls", Shortfall, _is_new),
    ("order_execution", "refused", Execution, _becomes("scheduled", "failed")),
    ("order", "suspended", Order, _becomes("suspended")),
    ("clearing_payment", "instant", ClearingPayment, _becomes("queued")),
)
"""The kinds of items that a batch has, where in it they are, and of which changes; the first that applies."""


def parse_records(records: list[dict[str, Any]]) -> StreamBatch:
    """Parse records of the stream, as Lambda delivers them.

    A transaction is posted when it is created, or after it was pending.
    """
    found = defaultdict[str, list[Any]](list)
    for change in map(item_change_of, records):
        if change.kind == "transaction" and _becomes(*ENDED)(change):
            found["ended"].append(change.read(Transaction))
        for kind, name, model, applies in FOLLOWED:
            if change.kind == kind and applies(change):
                found[name].append(change.read(model))
                break
    found["stopped"] = [one for one in found["stopped"] if monitoring.is_stopped(one)]
    found["refused"] = [one for one in found["refused"] if one.is_told]
    found["suspended"] = [one for one in found["suspended"] if one.is_suspended_by_bank]
    return StreamBatch(**{name: tuple(items) for name, items in found.items()})
