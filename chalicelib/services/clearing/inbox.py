"""Handles documents from the clearing. Each is applied before it is noted as handled: a crash in between applies it
again, which changes nothing."""

from collections.abc import Callable, Mapping

from chalicelib import clock
from chalicelib.domain.clearing import heading, identity, pacs002
from chalicelib.domain.clearing.original_payment import OriginalPayment
from chalicelib.domain.clearing.pacs002 import PaymentStatus, StatusReport
from chalicelib.domain.clearing.states import Message
from chalicelib.domain.permissions import Caller
from chalicelib.models.clearing.message import ReceivedMessage
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.observability import count, logger
from chalicelib.services.clearing import answers, cycles
from chalicelib.services.clearing.answers import Answer


class Unreadable(Exception):
    """A document that this bank has no use for: it goes to the dead letters, and people look at it."""


def receive(caller: Caller, document: str) -> None:
    """Apply a document, unless it was applied before. Raises XmlRefused, Invalid and Unreadable for a wrong one."""
    raw = document.encode()
    head = heading.heading_of(raw)
    sender = head.sender_bic or "UNKNOWN"
    if ReceivedMessage.find(*ReceivedMessage.key(sender, head.message_id)):
        logger.info("message came again", message_id=head.message_id, name=head.name)
        return
    handle = HANDLERS.get(head.name)
    if handle is None:
        raise Unreadable(f"{head.name} is a message that this bank does not take")
    handle(caller, raw)
    ReceivedMessage.new(sender, head.message_id, head.name).stamp(caller, clock.now()).put()
    logger.info("message handled", message_id=head.message_id, name=head.name)


def _apply_statuses(caller: Caller, raw: bytes) -> None:
    report = pacs002.parse(raw)
    applied = [_apply_status(caller, report, status) for status in report.payments]
    for cycle in {payment.cycle for payment in applied if payment and payment.cycle}:
        cycles.wake(cycle)


def _apply_status(caller: Caller, report: StatusReport, status: PaymentStatus) -> ClearingPayment | None:
    """Apply the status of one payment; return the payment as it is then, None for one that this bank does not have."""
    transaction_id = find_original(status.original)
    if transaction_id is None:
        count("ClearingUnknownPayments")
        logger.error("a status of a payment that does not exist", message_id=report.message_id)
        return None
    message: Message = "progress"
    if status.status in pacs002.SETTLED:
        message = "acceptance"
    elif status.status in pacs002.REJECTED:
        message = "rejection"
    code = (status.reason.code if status.reason else "MS03") if message == "rejection" else None
    return answers.apply(caller, Answer(transaction_id, message, report.message_id, code))


def find_original(original: OriginalPayment) -> str | None:
    """Return the transaction of the payment that a message names, by its UETR or its transaction id."""
    if original.uetr:
        return ClearingPayment.id_by_uetr(original.uetr)
    found = ClearingPayment.by_id(identity.transaction_id_of(str(original.transaction_id)))
    return found.id if found else None


HANDLERS: Mapping[str, Callable[[Caller, bytes], None]] = {pacs002.NAME: _apply_statuses}
"""By the name of the message."""
