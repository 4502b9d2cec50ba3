"""Payments that wait for the bank: approved, rejected, or cancelled by who made them. The rest expire
(`hold_expiry.py`).

Whoever has the permission `transactions.decide` (`domain/permissions.py`) may decide, except whoever made the payment.
The pending transaction is the only record. The first decision counts, and its key commits with it.
"""

from dataclasses import replace
from functools import partial

from chalicelib import clock
from chalicelib.domain.errors import KEY_REUSED, Conflict, Forbidden, IdempotencyKeyReused
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.transaction import RequestRecord, Transaction
from chalicelib.models.transact import Extra
from chalicelib.services import conflicts, idempotency, payment_rights
from chalicelib.services.payments import labels, transactions

CANCELLED = "Cancelled by the person who made it."


def approve(caller: Caller, transaction_id: str, idempotency_key: IdempotencyKey) -> Outcome:
    """Post it, on the terms of this moment.

    Raises Conflict where it does not wait any more, and the refusal of a post, which leaves it waiting.
    """
    earlier = _earlier(idempotency_key)
    if earlier:
        return earlier
    pending = _require_open(caller, transaction_id)
    asked = payment_rights.terms(pending, caller)
    terms = replace(asked, follow=partial(labels.follow_posting, caller))
    outcome = ledger.settle(transaction_id, caller, terms, _once(caller, transaction_id, idempotency_key))
    return _own(outcome, caller, idempotency_key)


def reject(caller: Caller, transaction_id: str, reason: str, idempotency_key: IdempotencyKey | None) -> Outcome:
    """Give it up, and release what it held. Raises Conflict where it does not wait any more."""
    earlier = _earlier(idempotency_key)
    if earlier:
        return earlier
    _require_open(caller, transaction_id)
    outcome = ledger.void(transaction_id, caller, reason, _once(caller, transaction_id, idempotency_key))
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
        raise Conflict(f"The transaction is {found.status}. Only one that waits for a review can be cancelled.")
    if not is_own:
        raise Forbidden("You did not create this payment. Only its creator can cancel it.")
    outcome = ledger.void(transaction_id, caller, CANCELLED, _once(caller, transaction_id, idempotency_key))
    if outcome.transaction.updated_by != caller.user_id:
        raise Conflict("The bank has rejected the payment: the transaction is voided.")
    return outcome


def _require_open(caller: Caller, transaction_id: str) -> Transaction:
    """Return a payment that the caller may decide.

    Raises NotFound, Conflict, Forbidden for its maker, and ConflictOfInterest for a party to it.
    """
    found = transactions.find(transaction_id)
    if found.status != "pending" or found.awaits is None:
        raise Conflict(
            f"The transaction is {found.status}. Only one that waits for a review can be approved or rejected."
        )
    if found.initiated_by == caller.user_id:
        raise Forbidden("You created this payment. Another manager must approve or reject it.")
    conflicts.require_no_party(caller, found)
    return found


def _earlier(idempotency_key: IdempotencyKey | None) -> Outcome | None:
    """Return the transaction that an earlier request under the key decided, as it is now."""
    decided_id = idempotency.earlier(idempotency_key)
    found = Transaction.by_id(decided_id) if decided_id else None
    return Outcome(found, replayed=True) if found else None


def _once(caller: Caller, transaction_id: str, idempotency_key: IdempotencyKey | None) -> tuple[Extra, ...]:
    if idempotency_key is None:
        return ()
    record = RequestRecord.of(
        idempotency_key.transaction_id, idempotency_key.fingerprint, transaction_id, caller, timestamp(clock.now())
    )
    return (Extra(record.put_if_absent(), IdempotencyKeyReused(KEY_REUSED)),)


def _own(outcome: Outcome, caller: Caller, idempotency_key: IdempotencyKey | None) -> Outcome:
    """Raise Conflict if somebody else has decided the same in the meantime.

    A decision under the same key is the caller's own; without a key, so is the one of this very request whose response
    was lost.
    """
    made = outcome.transaction
    if not outcome.replayed or (
        idempotency.earlier(idempotency_key) if idempotency_key else made.request_id == caller.request_id
    ):
        return outcome
    raise Conflict(f"Another manager has already decided: the transaction is {made.status}.")
