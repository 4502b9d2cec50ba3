"""A pending transaction's one step forward: posted, voided or expired, with its holds released.

The step is planned here; `ledger.py` writes it. The step of its approval commits with it, so that both end as one. The
first to look at a transaction whose time is over expires it, and the first to see that its maker has lost the right to
make it voids it, whatever they came for.
"""

from dataclasses import dataclass
from typing import Any

from chalicelib import clock
from chalicelib.domain import errors
from chalicelib.domain.errors import Conflict, Refusal
from chalicelib.domain.ledger import posting
from chalicelib.domain.ledger.posting import Posting, TransactionStatus
from chalicelib.domain.permissions import Caller, system
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.item import Action, Key
from chalicelib.models.ledger import items, movements, pending_step, shards
from chalicelib.models.ledger.commit import Committed, Outcome, Plan
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.snapshot import Snapshot, read
from chalicelib.models.ledger.terms import Decide, RightEnded, Terms
from chalicelib.models.ledger.transaction import IdempotencyRecord, Transaction
from chalicelib.models.transact import Extra

AT_CLEARING = "The payment is at the clearing, which alone says how it ends. Nothing was changed."
NOT_AT_CLEARING = "The payment is not at the clearing. Nothing was changed."


def plan_settlement(transaction_id: str, caller: Caller, terms: Terms, extras: tuple[Extra, ...]) -> Plan | Transaction:
    """Plan to post it, or return it where it has ended already."""
    pending = _read(transaction_id)
    if pending.status != "pending":
        return pending
    if pending.is_at_clearing != terms.is_paid:
        raise Conflict(AT_CLEARING if pending.is_at_clearing else NOT_AT_CLEARING)
    judged = _judge(pending, caller, terms)
    if not isinstance(judged, _Judged):
        return judged
    prepared, decision = judged.prepared, judged.decision
    pending_step.enter(pending, decision, prepared.snapshot)
    decided = _last_values(pending, judged, terms)
    follows = terms.follow(pending.listed())
    also = (*terms.guards, *follows, *_approval_step(judged.approval, decided, caller, prepared.at))
    return _step(pending, "posted", decision, prepared.snapshot, caller, extras, also)


def plan_hand_over(transaction_id: str, caller: Caller, terms: Terms, extras: tuple[Extra, ...]) -> Plan | Transaction:
    """Plan to leave an approved payment to the clearing, or return it where it is there, or has ended already.

    It must be one that could be posted now. The payer's account must be as it was read: it says who may pay from it.
    """
    pending = _read(transaction_id)
    if pending.status != "pending" or pending.is_at_clearing:
        return pending
    judged = _judge(pending, caller, terms)
    if not isinstance(judged, _Judged):
        return judged
    at, snapshot = judged.prepared.at, judged.prepared.snapshot
    decided = _last_values(pending, judged, terms)
    changes = Transaction.setting({"awaits": "clearing", "hold_until": None})
    step = pending.update_if(Transaction.status == "pending", changes, caller, at)
    pending.awaits, pending.hold_until, pending.updated_at = "clearing", None, at
    held = items.holds_of(pending)
    actions = [
        step,
        *(snapshot.account(account_id).is_as_read() for account_id in held),
        *(items.keep(one, pending.id, caller, at) for one in held.values()),
        *terms.guards,
        *terms.follow(pending),
        *_approval_step(judged.approval, decided, caller, at),
    ]
    return Plan(pending, actions, extras)


@dataclass(frozen=True)
class _Judged:
    """A pending transaction that may be posted now: how, and its approval."""

    prepared: PreparedMovement
    decision: Posting
    approval: Approval | None


def _judge(pending: Transaction, caller: Caller, terms: Terms) -> _Judged | Plan | Transaction:
    """Decide whether it may be posted on these terms. Raises the refusal.

    Return it where it has ended meanwhile, and the plan of its end where it is overdue or its maker's right has ended.
    """
    accounts = [shards.own_shard(leg.account_id) for leg in pending.movement().legs]
    snapshot = read(pending.id, accounts, (*terms.others, *_approval_keys(pending)))
    now = _transaction(pending.id, snapshot.record)
    if now.status != "pending":  # it ended between the two reads, and what the accounts say now is not about it
        return now
    try:
        movement = terms.movement(pending, snapshot)
    except RightEnded as ended:
        return plan_release(pending.id, system(caller.request_id), "voided", str(ended))
    prepared = movements.prepare(movement, snapshot, pending.id, caller, held_at=pending.created_at or "")
    if pending.is_overdue(prepared.at):
        return plan_release(pending.id, caller, "expired")
    held = items.holds_of(pending)
    settle = posting.settle_paid if terms.is_paid else posting.settle
    decision = settle(prepared.movement, held, prepared.positions, prepared.at)
    if isinstance(decision, Refusal):
        raise decision
    return _Judged(prepared, decision, _approval(pending, snapshot))


def plan_release(
    transaction_id: str,
    caller: Caller,
    status: TransactionStatus,
    reason: str | None = None,
    extras: tuple[Extra, ...] = (),
    decide: Decide | None = None,
    *,
    is_at_clearing: bool = False,
) -> Plan | Transaction:
    """Plan to void or expire it, or return it where it has ended already. What is overdue expires.

    `decide` is the decision that ends its approval; without it the approval fails with the reason, or expires. Raises
    Conflict for what waits for the clearing, unless the caller says so.
    """
    pending = _read(transaction_id)
    if pending.status != "pending":
        return pending
    if pending.is_at_clearing and not is_at_clearing:
        raise Conflict(AT_CLEARING)
    holds = items.holds_of(pending)
    snapshot = read(transaction_id, holds, _approval_keys(pending))
    at = clock.next_timestamp(clock.now(), {pending.id: pending.created_at or ""})
    if status == "expired" or pending.is_overdue(at):
        status, reason, caller, extras, decide = "expired", None, system(caller.request_id), (), None
    pending.reason = reason
    returned = tuple(items.give_back_counts(pending, snapshot, caller, at))
    approval = _approval(pending, snapshot)
    decided = decide(approval, at) if decide and approval else _end_of_approval(status, reason)
    also = (*returned, *_approval_step(approval, decided, caller, at))
    return _step(pending, status, posting.release(holds, snapshot.positions(), at), snapshot, caller, extras, also)


def outcome(committed: Committed, status: TransactionStatus) -> Outcome:
    """Return the transaction that was brought to a status, now or before. Raises Conflict when it ended otherwise."""
    transaction = _transaction(committed.record.id, committed.record)
    if transaction.status == status:
        return Outcome(transaction, replayed=not committed.is_new)
    if committed.is_new:
        raise Conflict(_why_ended(transaction))
    raise Conflict(f"The transaction is {transaction.status}; only a pending one can be posted, voided or expired.")


def outcome_of_hand_over(committed: Committed) -> Outcome:
    """Return the payment that the clearing has, or had. Raises Conflict when it ended without the clearing."""
    transaction = _transaction(committed.record.id, committed.record)
    if transaction.awaits == "clearing":
        return Outcome(transaction, replayed=not committed.is_new)
    return outcome(committed, "posted")


def _approval_keys(pending: Transaction) -> tuple[Key, ...]:
    return (Approval.key_of_transaction(pending.id),) if _is_undecided(pending) else ()


def _is_undecided(pending: Transaction) -> bool:
    """Return whether it has an approval that its end ends. That of a payment at the clearing was executed."""
    return bool(pending.approval_required) and not pending.is_at_clearing


def _last_values(pending: Transaction, judged: _Judged, terms: Terms) -> dict[str, Any]:
    """Return what the last decision sets on its approval, or nothing where it needs none."""
    return _last_decision(judged.approval, terms.decide, judged.prepared.at) if _is_undecided(pending) else {}


def _approval(pending: Transaction, snapshot: Snapshot) -> Approval | None:
    found = snapshot.others.get(Approval.key_of_transaction(pending.id))
    return found if isinstance(found, Approval) else None


def _last_decision(approval: Approval | None, decide: Decide | None, at: str) -> dict[str, Any]:
    """Return what the decision that posts a transaction sets on its approval. Raises Conflict if it needs more."""
    values = decide(approval, at) if approval and decide else {}
    if values.get("status") != "executed":
        raise Conflict("The payment waits for an approval that it does not have yet. Nothing was posted.")
    return values


def _end_of_approval(status: TransactionStatus, reason: str | None) -> dict[str, Any]:
    if status == "expired":
        return {"status": "expired"}
    return {"status": "failed", "failure": {"code": "forbidden", "detail": reason or "The payment was given up."}}


def _approval_step(approval: Approval | None, values: dict[str, Any], caller: Caller, at: str) -> tuple[Action, ...]:
    return (approval.step(values, caller, at),) if approval else ()


def _why_ended(transaction: Transaction) -> str:
    if transaction.status == "expired":
        return f"The payment has expired: it waited until {transaction.hold_until}. Make a new one."
    return f"The payment is voided: {transaction.reason}"


def _step(
    pending: Transaction,
    status: TransactionStatus,
    decision: Posting,
    snapshot: Snapshot,
    caller: Caller,
    extras: tuple[Extra, ...],
    also: tuple[Action, ...] = (),
) -> Plan:
    """Plan the one step forward of a pending transaction, and the release of its holds."""
    step = pending_step.take(pending, status, snapshot, caller, decision.created_at)
    accounts_and_entries = items.actions(pending, decision, snapshot, caller)
    return Plan(pending, [step.transaction, *accounts_and_entries, *step.releases, *also], extras)


def _read(transaction_id: str) -> Transaction:
    return _transaction(transaction_id, Transaction.by_id(transaction_id))


def _transaction(transaction_id: str, record: IdempotencyRecord | None) -> Transaction:
    """Return the record as a transaction. Raises NotFound if it is none."""
    if not isinstance(record, Transaction):
        raise errors.unknown("transaction", transaction_id)
    return record
