"""A pending transaction's one step forward: posted, voided or expired, with its holds released.

The step is planned here; `ledger.py` writes it.
"""

from collections.abc import Callable
from dataclasses import replace

from chalicelib import clock
from chalicelib.domain import errors
from chalicelib.domain.errors import Conflict, Refusal
from chalicelib.domain.ledger import posting
from chalicelib.domain.ledger.posting import Posting, TransactionStatus
from chalicelib.domain.permissions import Caller
from chalicelib.models.item import Action
from chalicelib.models.ledger import items, movements
from chalicelib.models.ledger.commit import Committed, Outcome, Plan
from chalicelib.models.ledger.snapshot import Snapshot, read
from chalicelib.models.ledger.transaction import IdempotencyRecord, Transaction
from chalicelib.models.transact import Extra

Follow = Callable[[Transaction], list[Action]]
"""Returns what commits with the posting of a pending transaction, of the transaction as it is then."""


def plan_settlement(
    transaction_id: str, caller: Caller, extras: tuple[Extra, ...], follow: Follow
) -> Plan | Transaction:
    """Plan to post it, or return it where it has ended already."""
    pending = _read(transaction_id)
    if pending.status != "pending":
        return pending
    prepared = movements.prepare(
        pending.movement(), Snapshot(), transaction_id, caller, held_at=pending.created_at or ""
    )
    now = _transaction(transaction_id, prepared.snapshot.record)
    if now.status != "pending":  # it ended between the two reads, and what the accounts say now is not about it
        return now
    decision = posting.settle(prepared.movement, items.holds_of(pending), prepared.positions, prepared.at)
    if isinstance(decision, Refusal):
        raise decision
    pending.posted_at, pending.entries = prepared.at, items.entries_json(decision)
    plan = _step(pending.listed(), "posted", decision, prepared.snapshot, caller, extras)
    return replace(plan, actions=[*plan.actions, *follow(pending)])


def plan_release(
    transaction_id: str,
    caller: Caller,
    status: TransactionStatus,
    reason: str | None = None,
    extras: tuple[Extra, ...] = (),
) -> Plan | Transaction:
    """Plan to void or expire it, or return it where it has ended already."""
    pending = _read(transaction_id)
    if pending.status != "pending":
        return pending
    holds = items.holds_of(pending)
    snapshot = read(transaction_id, holds)
    at = clock.next_timestamp(clock.now(), {pending.id: pending.created_at or ""})
    pending.reason = reason
    return _step(pending, status, posting.release(holds, snapshot.positions(), at), snapshot, caller, extras)


def outcome(committed: Committed, status: TransactionStatus) -> Outcome:
    """Return the transaction that was brought to a status, now or before. Raises Conflict when it ended otherwise."""
    transaction = _transaction(committed.record.id, committed.record)
    if committed.is_new:
        return Outcome(transaction)
    if transaction.status != status:
        raise Conflict(f"The transaction is {transaction.status}; only a pending one can be posted, voided or expired.")
    return Outcome(transaction, replayed=True)


def _step(
    pending: Transaction,
    status: TransactionStatus,
    decision: Posting,
    snapshot: Snapshot,
    caller: Caller,
    extras: tuple[Extra, ...],
) -> Plan:
    """Plan the one step forward of a pending transaction, and the release of its holds."""
    changes = [Transaction.status.set(status)]
    if status == "posted":
        changes += [
            Transaction.entries.set(pending.entries),
            Transaction.posted_at.set(pending.posted_at),
            Transaction.gsi1pk.set(pending.gsi1pk),
            Transaction.gsi1sk.set(pending.gsi1sk),
            Transaction.gsi2sk.set(pending.gsi2sk),
        ]
    if pending.reason is not None:
        changes.append(Transaction.reason.set(pending.reason))
    at = decision.created_at
    step = pending.update_if(Transaction.status == "pending", changes, caller, at)
    held = items.holds_of(pending).values()
    releases = [items.released(one, pending.id, caller, at, is_posted=status == "posted") for one in held]
    pending.status, pending.updated_at = status, at
    actions = [step, *items.actions(decision, snapshot, caller), *releases]
    return Plan(pending, actions, extras)


def _read(transaction_id: str) -> Transaction:
    return _transaction(transaction_id, Transaction.by_id(transaction_id))


def _transaction(transaction_id: str, record: IdempotencyRecord | None) -> Transaction:
    """Return the record as a transaction. Raises NotFound if it is none."""
    if not isinstance(record, Transaction):
        raise errors.unknown("transaction", transaction_id)
    return record
