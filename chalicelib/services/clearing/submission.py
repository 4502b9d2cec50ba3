"""Sends queued payments to the clearing: a message and its payments' new state are stored first, then it is sent.

Whatever is cut short in between is sent by the next one who looks: the clearing knows a message by its id, and takes it
once.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from chalicelib import clock, config
from chalicelib.domain import ids
from chalicelib.domain.clearing import pacs008, states
from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.clearing.identity import reference_of
from chalicelib.domain.clearing.pacs008 import Batch
from chalicelib.domain.clearing.settlement_date import settlement_date_of
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import moment, timestamp
from chalicelib.models import transact
from chalicelib.models.batch import get_all
from chalicelib.models.clearing.message import OutgoingMessage
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.observability import logger
from chalicelib.services.clearing import adapter, entitlement, transfers
from chalicelib.services.clearing.entitlement import Entitlement

BATCH_MAX = 80
"""Payments of a message: one write marks them all, and a queue takes 256 KB at most."""

DUE_AT_ONCE = 330
"""Payments that are read together: ten messages of 33, so that few messages have less than they could."""

ACTIONS_MAX = 100
"""Of one write: the message, its payments, and a condition for each of their accounts and makers."""

ANSWER_WITHIN: dict[Rail, timedelta] = {"instant": timedelta(seconds=10), "standard": timedelta(minutes=30)}
"""After it was sent the clearing is asked for an answer that did not come."""


def submit_due(caller: Caller, cycle: str, until: str, has_time: Callable[[], bool]) -> bool:
    """Send the standard payments that were due until a moment (UTC); return whether none is left."""
    for due in ClearingPayment.walk_due("queued", ["standard"], until, DUE_AT_ONCE):
        if not has_time():
            return False
        submit(caller, due, cycle)
    return True


def submit_instant(caller: Caller, payment_id: str) -> None:
    """Send an instant payment alone, if it is still queued. Sending it again does no harm."""
    payment = ClearingPayment.by_id(payment_id)
    if payment and payment.status == "queued" and payment.rail == "instant":
        submit(caller, [payment], payment.id)
    elif payment and payment.status == "submitted" and payment.rail == "instant":
        send_built(caller, payment.id)


@transact.until_committed
def submit(caller: Caller, listed: Sequence[ClearingPayment], cycle: str) -> None:
    """Store the messages with these payments and send them, one for each currency and day.

    Payments that are queued no more are left out. One that moves on meanwhile makes all be read again. So does an
    account that is frozen, or a maker who loses the right to pay.
    """
    read = get_all(ClearingPayment, (one.own_key for one in listed))
    entitled, asked = entitlement.ask(caller, [one for one in read if one.status == "queued"])
    now = clock.now()
    batches: dict[tuple[str, date], list[ClearingPayment]] = {}
    for payment in entitled:
        batches.setdefault((payment.currency, _settlement_date(payment, now)), []).append(payment)
    for (_, day), batch in batches.items():
        for part in parts_of(batch, asked):
            message = _store(caller, part, cycle, asked, day)
            if part[0].rail == "instant":  # its answer says within seconds that it was sent; else it is sent again
                _hand_over(caller, message)
            else:
                send(caller, message)


def parts_of(batch: Iterable[ClearingPayment], asked: Entitlement) -> Iterator[list[ClearingPayment]]:
    """Yield the payments of each message. The conditions of its accounts and makers fit into the same write."""
    part: list[ClearingPayment] = []
    subjects: set[str] = set()
    for payment in batch:
        needed = subjects | asked.subjects(payment)
        if part and (len(part) == BATCH_MAX or 2 + len(part) + len(needed) > ACTIONS_MAX):
            yield part
            part, needed = [], asked.subjects(payment)
        part, subjects = [*part, payment], needed
    if part:
        yield part


@transact.until_committed
def send(caller: Caller, message: OutgoingMessage) -> None:
    """Build a message from its payments and send it, again if it was sent before.

    One of which a payment was answered has arrived, and is not sent again: the payer may be erased by now. Raises
    Conflict where the data of one who pays are erased nevertheless.
    """
    _hand_over(caller, message)
    transact.commit([message.mark_sent(caller, timestamp(clock.now()))], caller.request_id)


def _hand_over(caller: Caller, message: OutgoingMessage) -> None:
    """Put a message into the queue, unless a payment of it was answered."""
    payments = _payments_of(message)
    if all(one.status == "submitted" for one in payments):
        if message.status == "built":
            payments = _postpone(caller, message, payments)
        described = transfers.describe_all(payments)
        batch = Batch(message.id, described, sender_bic=config.bank_bic())
        adapter.send(pacs008.build(batch, moment(str(message.created_at))))
    logger.info("message sent", message_id=message.id, cycle=message.cycle, payments=len(payments))


def _payments_of(message: OutgoingMessage) -> list[ClearingPayment]:
    """Return the payments of a message, in their order."""
    read = get_all(ClearingPayment, map(ClearingPayment.key, message.transaction_ids))
    payments = {one.id: one for one in read}
    return [payments[name] for name in message.transaction_ids]


def _postpone(caller: Caller, message: OutgoingMessage, payments: list[ClearingPayment]) -> list[ClearingPayment]:
    """Move the payments of a message that was stored and not sent to the day on which they can be settled now."""
    now = clock.now()
    day = _settlement_date(payments[0], now).isoformat()
    if day == payments[0].settlement_date:
        return payments
    steps = [
        one.step_to(
            one.status,
            "postponed",
            caller,
            timestamp(now),
            named=message.id,
            due_at=timestamp(now + ANSWER_WITHIN[one.rail]),
            settlement_date=day,
        )
        for one in payments
    ]
    transact.commit(steps, caller.request_id)
    return _payments_of(message)


def _settlement_date(payment: ClearingPayment, now: datetime) -> date:
    """Return the day on which a payment is settled that goes out now."""
    promised = date.fromisoformat(payment.settlement_date)
    return settlement_date_of(payment.rail, promised, now, config.timezone())


def send_built(caller: Caller, cycle: str) -> None:
    """Send the messages of a cycle that were stored, and perhaps not sent."""
    for message in OutgoingMessage.all_of(cycle):
        if message.status == "built":
            send(caller, message)


def _store(
    caller: Caller, batch: Sequence[ClearingPayment], cycle: str, asked: Entitlement, day: date
) -> OutgoingMessage:
    """Store a message and mark its payments as submitted. Raises Cancelled if one may not go out any more."""
    now = clock.now()
    at = timestamp(now)
    message_id = reference_of(ids.new_id("clm", now))
    message = OutgoingMessage.new(cycle, message_id, pacs008.NAME, [one.id for one in batch]).stamp(caller, at)
    steps = [
        one.step_to(
            states.step(one.status, "submission").state,
            "submitted",
            caller,
            at,
            named=message_id,
            due_at=timestamp(now + ANSWER_WITHIN[one.rail]),
            message_id=message_id,
            cycle=cycle,
            holder_ids=asked.holder_ids(one),
            settlement_date=day.isoformat(),
        )
        for one in batch
    ]
    transact.commit([message.put_if_absent(), *steps, *asked.conditions(batch)], caller.request_id)
    return message


def submit_instant_left(caller: Caller, until: str) -> int:
    """Send the instant payments that were to be sent until a moment (UTC), and were not; return how many."""
    left = 0
    for due in ClearingPayment.walk_due("queued", ["instant"], until, BATCH_MAX):
        for payment in due:
            submit_instant(caller, payment.id)
        left += len(due)
    return left
