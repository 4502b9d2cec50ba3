"""Ends of payments by hand: settled or voided by two people where the clearing does not answer.

The clearing was asked before, and its answer has not come: both are asked again at the moment of the effect. An answer
that comes after it and agrees changes nothing; one that contradicts it rings the alarm and has no effect
(`domain/clearing/states.py`). A workflow that still waits for the cycle's answers is not woken: its time ends it.
"""

from collections.abc import Callable
from dataclasses import replace

from chalicelib import aws, clock
from chalicelib.domain import money
from chalicelib.domain.approvals.action import ActionName
from chalicelib.domain.clearing import reasons
from chalicelib.domain.errors import Conflict
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.clearing.message import OutgoingMessage
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.item import Action
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.terms import Terms
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.transact import Extra
from chalicelib.services import idempotency
from chalicelib.services.approvals import gate
from chalicelib.services.approvals.gate import HeldRequest
from chalicelib.services.clearing import desk, inquiries
from chalicelib.services.payments import labels, outgoing

ANSWERED = "The clearing has answered at the same time. Nothing was done by hand."
SETTLED, VOIDED = "settled_by_hand", "voided_by_hand"
End = Callable[[Caller, ClearingPayment, str, tuple[Extra, ...]], Outcome]


def settle(
    caller: Caller, key: IdempotencyKey | None, transaction_id: str, reason: str
) -> tuple[ClearingPayment, bool]:
    """Post a submitted payment: the clearing has it, as people know. Return it, and whether an earlier request did.

    It may wait for a second person. Raises NotFound, ConflictOfInterest for a party to it, and Conflict for a payment
    that has an answer, or was never asked after.
    """
    return _end(caller, key, transaction_id, reason, "payment.settle", _settle)


def void(caller: Caller, key: IdempotencyKey | None, transaction_id: str, reason: str) -> tuple[ClearingPayment, bool]:
    """Release the money of a submitted payment, which the clearing does not have, as people know.

    Returns and raises what `settle` does.
    """
    return _end(caller, key, transaction_id, reason, "payment.void", _void)


def execute_settlement(maker: Caller, approval: Approval) -> None:
    """Settle a payment whose settlement by hand was approved."""
    settle(maker, None, str(approval.resource_id), str(approval.payload["reason"]))


def execute_void(maker: Caller, approval: Approval) -> None:
    """Void a payment whose end by hand was approved."""
    void(maker, None, str(approval.resource_id), str(approval.payload["reason"]))


def _end(
    caller: Caller, key: IdempotencyKey | None, transaction_id: str, reason: str, action: ActionName, end: End
) -> tuple[ClearingPayment, bool]:
    if idempotency.find_earlier(key):
        return desk.find(caller, transaction_id), True
    payment = desk.find(caller, transaction_id)
    _require_silence(payment)
    approved = gate.require(caller, _request(action, payment, reason), key)
    extras = (*idempotency.record_key(caller, key, transaction_id), *approved)
    outcome = end(caller, payment, reason, extras)
    if outcome.replayed and outcome.transaction.request_id != caller.request_id:
        raise Conflict(ANSWERED)
    with aws.unknown_outcome_on_error():
        return outgoing.find(transaction_id), False


def _require_silence(payment: ClearingPayment) -> None:
    """Raise Conflict unless a payment was asked after and has no answer."""
    desk.require_unanswered(payment)
    if payment.last_on_trace(inquiries.INQUIRED) is None:
        raise Conflict("The clearing was not asked about this payment yet. Ask it first, and wait for its answer.")


def _request(action: ActionName, payment: ClearingPayment, reason: str) -> HeldRequest:
    verb = "Settle" if action == "payment.settle" else "Void"
    amount = f"{money.text(payment.amount, payment.currency)} {payment.currency}"
    return HeldRequest(
        action,
        f"{verb} payment {payment.id} of {amount} by hand: the clearing has not answered.",
        resource_id=payment.id,
        version=payment.message_id,
        payload={"reason": reason},
        accounts=[payment.account_id],
    )


def _settle(caller: Caller, payment: ClearingPayment, _: str, extras: tuple[Extra, ...]) -> Outcome:
    def follow(posted: Transaction) -> list[Action]:
        now = outgoing.find(payment.id)
        desk.require_unanswered(now)
        holder_ids = posted.holder_ids(payment.account_id)
        at = str(posted.posted_at)
        step = now.step_to("settled", SETTLED, caller, at, holder_ids=holder_ids)
        return [*labels.follow_posting(caller, posted), step, *OutgoingMessage.count_answers([now], caller, at)]

    return ledger.settle(payment.id, caller, replace(Terms(), follow=follow, is_paid=True), extras)


def _void(caller: Caller, payment: ClearingPayment, reason: str, extras: tuple[Extra, ...]) -> Outcome:
    at = timestamp(clock.now())
    step = payment.step_to("rejected", VOIDED, caller, at, reason_code=reasons.NO_ANSWER)
    answered = Conflict(ANSWERED)
    each = (Extra(one, answered) for one in (step, *OutgoingMessage.count_answers([payment], caller, at)))
    return ledger.void(payment.id, caller, reason, (*extras, *each), is_at_clearing=True)
