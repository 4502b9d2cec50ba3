"""Asks the clearing for answers that did not come. Silence is no answer: the money stays held, and an alarm rings."""

from collections.abc import Sequence
from datetime import timedelta

from chalicelib import clock, config
from chalicelib.domain import ids
from chalicelib.domain.clearing import pacs008, pacs028
from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.clearing.identity import reference_of
from chalicelib.domain.clearing.original_payment import OriginalPayment
from chalicelib.domain.clearing.pacs028 import StatusRequest
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.item import Action
from chalicelib.observability import count, logger
from chalicelib.services.clearing import adapter, submission

ASKED_AT_ONCE = 50
ASKED_AGAIN: dict[Rail, timedelta] = {"instant": timedelta(minutes=5), "standard": timedelta(hours=1)}
RAILS: tuple[Rail, ...] = ("instant", "standard")
INQUIRED = "inquired"
"""What a payment's trace tells of an inquiry."""


def inquire_due(caller: Caller) -> int:
    """Ask for the answers that are due, and return how many."""
    now, asked = timestamp(clock.now()), 0
    for due in ClearingPayment.walk_due("submitted", RAILS, now, ASKED_AT_ONCE):
        inquire(caller, due)
        asked += len(due)
    return asked


def inquire(caller: Caller, payments: Sequence[ClearingPayment]) -> None:
    """Ask what became of submitted payments. What was stored and perhaps not sent is sent first."""
    open_ones = [one for one in payments if one.status == "submitted"]
    if not open_ones:
        return
    message_id = ask(caller, open_ones)
    count("ClearingUnanswered", len(open_ones))
    logger.error("payments have no answer", message_id=message_id, payments=len(open_ones))
    for one in open_ones:
        _note(caller, one, message_id)


def ask(caller: Caller, payments: Sequence[ClearingPayment]) -> str:
    """Send one inquiry after payments, and return its id. Their messages that were perhaps not sent are sent first."""
    for cycle in dict.fromkeys(str(one.cycle) for one in payments):
        submission.send_built(caller, cycle)
    now = clock.now()
    message_id = reference_of(ids.new_id("clm", now))
    originals = tuple(
        OriginalPayment(
            message_id=one.message_id,
            message_name=pacs008.NAME,
            transaction_id=one.end_to_end_id,
            end_to_end_id=one.plain_end_to_end_id,
            uetr=one.uetr,
        )
        for one in payments
    )
    adapter.send(pacs028.build(StatusRequest(message_id, originals, config.bank_bic()), now))
    return message_id


def note(caller: Caller, payment: ClearingPayment, message_id: str) -> Action:
    """Return the action that notes an inquiry on a payment's trace, and when the next one is due."""
    now = clock.now()
    due_at = timestamp(now + ASKED_AGAIN[payment.rail])
    return payment.step_to(payment.status, INQUIRED, caller, timestamp(now), named=message_id, due_at=due_at)


def _note(caller: Caller, payment: ClearingPayment, message_id: str) -> None:
    """Note the inquiry. A payment that was answered meanwhile needs no note."""
    try:
        transact.commit([note(caller, payment, message_id)], caller.request_id)
    except transact.Cancelled:
        logger.info("answered meanwhile", transaction_id=payment.id)
