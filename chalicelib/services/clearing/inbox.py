"""Handles documents from the clearing. Each is applied before it is noted as handled: a crash in between applies it
again, which changes nothing."""

import hashlib
from collections.abc import Callable, Mapping, Sequence

from chalicelib import clock, config
from chalicelib.domain.clearing import (
    acmt023,
    camt029,
    camt053,
    camt054,
    camt056,
    heading,
    identity,
    pacs002,
    pacs004,
    pacs008,
    reasons,
)
from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.clearing.fields import Reason
from chalicelib.domain.clearing.heading import Heading
from chalicelib.domain.clearing.original_payment import OriginalPayment
from chalicelib.domain.clearing.pacs002 import GroupStatus, PaymentStatus, Status, StatusReport
from chalicelib.domain.permissions import Caller
from chalicelib.models.batch import get_all
from chalicelib.models.clearing.message import OutgoingMessage, ReceivedMessage
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.observability import count, logger
from chalicelib.services.clearing import (
    advices,
    answer_groups,
    answers,
    cycles,
    incoming,
    payee_answers,
    received_recalls,
    reconciliation_watch,
)
from chalicelib.services.clearing.answers import Answer


class Unreadable(Exception):
    """A document that this bank has no use for: it goes to the dead letters, and people look at it."""


def receive(caller: Caller, document: str) -> None:
    """Apply a document, unless it was applied before. Raises XmlRefused, Invalid and Unreadable for a wrong one."""
    raw = document.encode()
    head = heading.heading_of(raw)
    _require_clearing(head)
    sender = head.sender_bic  # ids of messages without one may be of two senders: each is applied, which is safe twice
    received = _unless_handled(sender, head, raw) if sender else None
    if sender and received is None:
        logger.info("message came again", message_id=head.message_id, message_name=head.name)
        return
    handle = HANDLERS.get(head.name)
    if handle is None:
        raise Unreadable(f"{head.name} is a message that this bank does not take")
    handle(caller, raw)
    if received:
        received.stamp(caller, clock.now()).put()
    logger.info("message handled", message_id=head.message_id, message_name=head.name)


def _unless_handled(sender: str, head: Heading, raw: bytes) -> ReceivedMessage | None:
    """Return the item that remembers a document, or None if the document was handled.

    Another one under the same id is handled, too: a sender may count anew, or have two ids that are read alike. What it
    books is booked once by itself.
    """
    received = ReceivedMessage.new(sender, head.message_id, head.name, hashlib.sha256(raw).hexdigest())
    before = ReceivedMessage.find(*received.own_key)
    if before is None:
        return received
    if before.digest in (None, received.digest):
        return None
    logger.warning("message id was used before", message_id=head.message_id, message_name=head.name)
    beside = received.beside_another()
    return None if ReceivedMessage.find(*beside.own_key) else beside


def _require_clearing(head: Heading) -> None:
    """Check that a message is the clearing's. Raises Unreadable for one that names another sender.

    One that the clearing may pass on for another bank need not name a sender; a word of its own must.
    """
    clearing = config.clearing_bic()
    if not clearing:
        raise Unreadable("the bank does not know the clearing: CLEARING_BIC is empty")
    if head.name in QUESTIONS or (head.sender_bic is None and head.name in PASSED_ON):
        return
    if not head.is_sent_by(clearing):
        raise Unreadable(f"{head.name} is from {head.sender_bic or 'an unnamed sender'}, not from the clearing")


def _apply_statuses(caller: Caller, raw: bytes) -> None:
    """Apply a report: what it says of single payments, and what it says of whole messages of ours.

    Raises Unreadable if it speaks of what this bank has not sent, once the rest is applied: people must look at it.
    """
    report = pacs002.parse(raw)
    given, is_unknown = list[Answer](), False
    found = _find_originals([one.original for one in report.payments])
    for one, payment in zip(report.payments, found, strict=True):
        if payment:
            given.append(_answer(report, payment.id, payment.rail, one.status, one.reason))
        elif not _confirms_incoming(one):
            is_unknown = True
    for group in report.groups:
        message = OutgoingMessage.by_id(group.message_id)
        if message and message.name == pacs008.NAME:
            given += _answers_of_group(report, group, message)
        elif message is None or group.status in pacs002.REJECTED:  # such as that of a recall
            is_unknown = True
    for cycle in answer_groups.apply_all(caller, given, {one.id: one for one in found if one}):
        cycles.wake(cycle)
    if is_unknown:
        count("ClearingUnknownPayments")
        raise Unreadable("a report is about a payment or a message that this bank has not sent")


def _answers_of_group(report: StatusReport, group: GroupStatus, message: OutgoingMessage) -> list[Answer]:
    """Return what the status of a message says of each of its payments. A part of one says nothing of any."""
    if group.status is None or group.status == "PART":
        return []
    rail: Rail = "instant" if message.cycle in message.transaction_ids else "standard"  # those go alone
    return [_answer(report, name, rail, group.status, group.reason) for name in message.transaction_ids]


def _answer(report: StatusReport, transaction_id: str, rail: Rail, status: Status, reason: Reason | None) -> Answer:
    """Return what a status means for a payment, and why it was rejected, if it was."""
    if status in pacs002.SETTLED[rail]:
        return Answer(transaction_id, "acceptance", report.message_id)
    if status in pacs002.REJECTED:
        return Answer(transaction_id, "rejection", report.message_id, reason.code if reason else reasons.NOT_SPECIFIED)
    return Answer(transaction_id, "progress", report.message_id)


def _confirms_incoming(status: PaymentStatus) -> bool:
    """Return whether a status only confirms a payment that came in: one that rejects it is for people."""
    uetr = status.original.uetr
    return bool(uetr) and status.status not in pacs002.REJECTED and ClearingPayment.id_by_uetr(str(uetr)) is not None


def _apply_returns(caller: Caller, raw: bytes) -> None:
    batch = pacs004.parse(raw)
    for one in batch.returns:
        payment = find_original(one.original)
        paid = Transaction.by_id(payment.id) if payment else None  # the stored payment may have been changed
        if payment is None or paid is None or one.currency != paid.currency or one.amount > paid.amount:
            raise Unreadable("a return is of no payment of this bank, in another currency, or larger than it")
        answer = Answer(payment.id, "return", batch.message_id, one.reason.code, one.amount)
        cycle = answers.apply(caller, answer).cycle
        if cycle:
            cycles.wake(cycle)


def _apply_resolutions(caller: Caller, raw: bytes) -> None:
    """Apply answers to recalls. After a yes, the money comes with a return: only the trace tells of the yes."""
    resolution = camt029.parse(raw)
    for one in resolution.answers:
        payment = find_original(one.original)
        if payment is None or payment.recall_id is None:
            raise Unreadable("an answer to a recall is of no payment that this bank has recalled")
        if one.decision == "refused":
            code = one.reason.code if one.reason else reasons.NOT_SPECIFIED
            answers.apply(caller, Answer(payment.id, "recall_refusal", resolution.message_id, code))
        else:
            answers.note(caller, payment.id, f"recall_{one.decision}", resolution.message_id)


def find_original(original: OriginalPayment) -> ClearingPayment | None:
    """Return the payment of this bank that a message names, by its UETR or its transaction id.

    Payments that came in have UETRs, too: such a one is no payment of this bank.
    """
    if original.uetr:
        transaction_id = ClearingPayment.id_by_uetr(original.uetr)
    else:
        transaction_id = identity.transaction_id_of(str(original.transaction_id))
    return ClearingPayment.by_id(transaction_id) if transaction_id else None


def _find_originals(originals: Sequence[OriginalPayment]) -> list[ClearingPayment | None]:
    """Return the payments that a message names, None for one that is not of this bank; two calls for a hundred."""
    by_uetr = ClearingPayment.ids_by_uetr(one.uetr for one in originals if one.uetr)
    named = [
        by_uetr.get(one.uetr) if one.uetr else identity.transaction_id_of(str(one.transaction_id)) for one in originals
    ]
    read = get_all(ClearingPayment, {ClearingPayment.key(name) for name in named if name})
    payments = {one.id: one for one in read}
    return [payments.get(str(name)) for name in named]


HANDLERS: Mapping[str, Callable[[Caller, bytes], None]] = {
    acmt023.NAME: payee_answers.answer_questions,
    pacs002.NAME: _apply_statuses,
    pacs004.NAME: _apply_returns,
    camt029.NAME: _apply_resolutions,
    camt056.NAME: received_recalls.receive,
    pacs008.NAME: incoming.receive_payments,
    camt053.NAME: reconciliation_watch.receive_statement,
    camt054.NAME: advices.book_advice,
}
"""By the name of the message."""

PASSED_ON = frozenset({camt029.NAME, camt056.NAME, pacs004.NAME, pacs008.NAME})
"""Messages of other banks: their header's InstgAgt is optional, and a clearing that passes them on may leave it out."""

QUESTIONS = frozenset({acmt023.NAME})
"""Messages whose sender is the bank that asks. They move no money, and the answer goes to the clearing alone."""
