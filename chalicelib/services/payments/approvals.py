"""Payments that wait for the bank: approved, rejected, or cancelled by who made them. The rest expire
(`hold_expiry.py`).

The payment's approval says who may decide, and how many must; its maker and its parties never may. The last decision
commits with the payment's end and with its key, so the two always agree. `/v1/approvals` and `/v1/transactions` both
lead here. Payments that were held before approvals were stored have none: whoever has the permission
`transactions.decide` decides about those, except their maker.
"""

from dataclasses import replace
from functools import partial
from typing import Any

from chalicelib import clock
from chalicelib.domain.approvals.decision import Verdict
from chalicelib.domain.errors import Conflict, Forbidden
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.identity.user import User
from chalicelib.models.item import Action
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.terms import Decide
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.transact import Extra
from chalicelib.services import conflicts, idempotency, payment_rights, step_up
from chalicelib.services.approvals import decisions, votes
from chalicelib.services.payments import labels, outgoing, transactions
from chalicelib.services.payments.outgoing import CANCELLED


def approve(
    caller: Caller, transaction_id: str, idempotency_key: IdempotencyKey | None, note: str | None = None
) -> Outcome:
    """Post it, on the terms of this moment, or record the approval if it needs another one. A payment to another bank
    is left to the clearing instead.

    Raises Conflict where it does not wait any more, Forbidden and ApprovalOwnRequest for a caller who may not decide,
    and the refusal of a post, which leaves it waiting; MfaStepUpRequired.
    """
    step_up.require(caller)
    earlier = _earlier(idempotency_key)
    if earlier:
        return earlier
    pending = _require_open(caller, transaction_id)
    extras = idempotency.record_key(caller, idempotency_key, transaction_id)
    if (pending.approval_required or 1) > 1:
        if _record_approval(caller, pending, note, idempotency_key):
            return Outcome(transactions.find(transaction_id))
        extras += _earlier_votes(pending)
    asked = payment_rights.terms(pending, caller)
    decide = _decision(caller, "approved", note)
    if pending.transaction_type == "payment":
        to_queue = replace(asked, follow=partial(outgoing.queue, caller), decide=decide)
        return _own(ledger.hand_over(transaction_id, caller, to_queue, extras), caller, idempotency_key)
    terms = replace(asked, follow=partial(labels.follow_posting, caller), decide=decide)
    outcome = ledger.settle(transaction_id, caller, terms, extras)
    return _own(outcome, caller, idempotency_key)


def reject(caller: Caller, transaction_id: str, reason: str, idempotency_key: IdempotencyKey | None) -> Outcome:
    """Give it up, and release what it held. Raises Conflict where it does not wait any more."""
    earlier = _earlier(idempotency_key)
    if earlier:
        return earlier
    pending = _require_open(caller, transaction_id)
    extras = idempotency.record_key(caller, idempotency_key, transaction_id)
    if pending.approval_required:
        extras += (_still_in_role(caller),)
    outcome = ledger.void(transaction_id, caller, reason, extras, _decision(caller, "rejected", reason))
    return _own(outcome, caller, idempotency_key)


def cancel(caller: Caller, transaction_id: str, idempotency_key: IdempotencyKey | None) -> Outcome:
    """Give up one's own payment, and release what it held; asking again answers the same.

    Raises NotFound for a payment that the caller may not see, Forbidden for one that somebody else made, and Conflict
    where it does not wait any more.
    """
    earlier = _earlier(idempotency_key)
    if earlier:
        return earlier
    found = transactions.get(caller, transaction_id).transaction
    is_own = found.initiated_by == caller.user_id
    if is_own and found.status == "voided" and found.updated_by == caller.user_id:
        return Outcome(found, replayed=True)
    if found.status != "pending" or found.awaits is None:
        raise Conflict(f"The transaction is {found.status}. Only one that waits for an approval can be cancelled.")
    if not is_own:
        raise Forbidden("You did not create this payment. Only its creator can cancel it.")
    once = idempotency.record_key(caller, idempotency_key, transaction_id)
    if found.is_at_clearing:
        return outgoing.cancel(caller, transaction_id, once)
    outcome = ledger.void(transaction_id, caller, CANCELLED, once, lambda *_: {"status": "cancelled"})
    if outcome.transaction.updated_by != caller.user_id:
        raise Conflict("The bank has rejected the payment: the transaction is voided.")
    return outcome


def _standing(transaction: Transaction) -> str:
    return "at the clearing" if transaction.is_at_clearing else str(transaction.status)


def _require_open(caller: Caller, transaction_id: str) -> Transaction:
    """Return a payment that the caller may decide.

    Raises NotFound, Conflict, Forbidden for its maker, and ConflictOfInterest for a party to it.
    """
    found = transactions.find(transaction_id)
    if found.status != "pending" or found.is_at_clearing or found.awaits is None:
        raise Conflict(
            f"The transaction is {_standing(found)}. Only one that waits for an approval can be approved or rejected."
        )
    if found.initiated_by == caller.user_id:
        raise Forbidden("You created this payment. Another manager must approve or reject it.")
    conflicts.require_no_party(caller, found)
    return found


@transact.until_committed
def _record_approval(caller: Caller, pending: Transaction, note: str | None, key: IdempotencyKey | None) -> bool:
    """Record an approval that is not the last one needed; return whether it did.

    It does not where the approval is the last one, or the payment is overdue: both are for the ledger to commit.
    """
    approval = Approval.by_id(str(pending.approval_id))
    at = clock.next_timestamp(clock.now(), {pending.id: str(approval.updated_at if approval else "")})
    if approval is None or pending.is_overdue(at):
        return False
    values = decisions.decide(approval, caller, "approved", note, at)
    if values["status"] != "requested":
        return False
    waits = Extra(pending.still_pending(), Conflict("The payment has ended at the same time."))
    actions: list[Action | Extra] = [_still_in_role(caller), waits, approval.step(values, caller, at)]
    idempotency.commit_once(caller, key, pending.id, actions, at)
    return True


def _decision(caller: Caller, verdict: Verdict, note: str | None) -> Decide:
    """Return the decision for the ledger to commit with the payment's end."""

    def decide(approval: Approval, at: str) -> dict[str, Any]:
        values = decisions.decide(approval, caller, verdict, note, at)
        if values["status"] == "requested":
            raise Conflict("Somebody who approved it may not decide any more. Repeat your approval, which is recorded.")
        return values | {"status": "executed"} if values["status"] == "approved" else values

    return decide


def _earlier_votes(pending: Transaction) -> tuple[Extra, ...]:
    """Return the conditions that those who have approved a payment before may still decide."""
    approval = Approval.by_id(str(pending.approval_id))
    return tuple(votes.still_counting(approval, approval.required - 1)) if approval else ()


def _still_in_role(caller: Caller) -> Extra:
    return Extra(User.still_in_role(caller.user_id, caller.user_role), Forbidden("Your role has changed. Sign in."))


def _earlier(idempotency_key: IdempotencyKey | None) -> Outcome | None:
    """Return the transaction that an earlier request under the key decided, as it is now."""
    decided_id = idempotency.find_earlier(idempotency_key)
    found = Transaction.by_id(decided_id) if decided_id else None
    return Outcome(found, replayed=True) if found else None


def _own(outcome: Outcome, caller: Caller, idempotency_key: IdempotencyKey | None) -> Outcome:
    """Raise Conflict if somebody else has decided the same in the meantime.

    A decision under the same key is the caller's own; without a key, so is the one of this very request whose response
    was lost.
    """
    made = outcome.transaction
    if not outcome.replayed or (
        idempotency.find_earlier(idempotency_key) if idempotency_key else made.request_id == caller.request_id
    ):
        return outcome
    raise Conflict(f"Another manager has already decided: the transaction is {made.status}.")
