"""A pending transaction's one step forward: posted, voided or expired, and what it held is released. Planned here;
`ledger.py` writes it."""

from chalicelib import clock
from chalicelib.domain import errors
from chalicelib.domain.errors import Conflict, Refusal
from chalicelib.domain.ledger import posting
from chalicelib.domain.ledger.posting import Posting, TransactionStatus
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import next_timestamp
from chalicelib.models.ledger import items, movements
from chalicelib.models.ledger.commit import Extra, Outcome, Plan
from chalicelib.models.ledger.snapshot import Snapshot, read
from chalicelib.models.ledger.transaction import IdempotencyRecord, Transaction


def settlement(
    transaction_id: str,
    existing: IdempotencyRecord | None,
    caller: Caller,
    amount: int | None,
    extras: tuple[Extra, ...],
) -> Plan[Outcome] | Outcome:
    """What posts it, whole or in part (minor units), or what it has ended as already."""
    pending = _transaction(transaction_id, existing)
    movement = pending.movement()
    if amount is not None:
        movement = movement.in_part(amount)
    if pending.status != "pending":
        return _ended(pending, "posted", same=pending.amount == movement.amount)
    movement = movements.sharded(movement)
    snapshot = Snapshot()
    posted_at = movements.complete(snapshot, movement, transaction_id, caller)
    now = _transaction(transaction_id, snapshot.record)
    if now.status != "pending":  # it ended between the two reads, and what the accounts say now is not about it
        return _ended(now, "posted", same=now.amount == movement.amount)
    decision = posting.settle(movement, items.holds_of(pending), snapshot.positions(), posted_at)
    if isinstance(decision, Refusal):
        raise decision
    pending.amount, pending.posted_at = movement.amount, posted_at
    pending.entries = items.entries_json(decision)
    return _step(pending, "posted", decision, snapshot, caller, extras)


def release(
    transaction_id: str,
    existing: IdempotencyRecord | None,
    caller: Caller,
    status: TransactionStatus,
    reason: str | None = None,
    extras: tuple[Extra, ...] = (),
) -> Plan[Outcome] | Outcome:
    """What voids or expires it, or what it has ended as already."""
    pending = _transaction(transaction_id, existing)
    if pending.status != "pending":
        return _ended(pending, status, same=True)
    holds = items.holds_of(pending)
    snapshot = read(transaction_id, holds)
    at = next_timestamp(clock.now(), [pending.created_at or ""])
    pending.reason = reason
    return _step(pending, status, posting.release(holds, snapshot.positions(), at), snapshot, caller, extras)


def _step(
    pending: Transaction,
    status: TransactionStatus,
    decision: Posting,
    snapshot: Snapshot,
    caller: Caller,
    extras: tuple[Extra, ...],
) -> Plan[Outcome]:
    """A pending transaction's one step forward, with its holds released."""
    changes = [Transaction.status.set(status)]
    if status == "posted":
        changes += [
            Transaction.amount.set(pending.amount),
            Transaction.entries.set(pending.entries),
            Transaction.posted_at.set(pending.posted_at),
        ]
    if pending.reason is not None:
        changes.append(Transaction.reason.set(pending.reason))
    at = decision.created_at
    step = pending.update_if(Transaction.status == "pending", changes, caller, at)
    held = items.holds_of(pending).values()
    releases = [items.released(one, pending.id, caller, at) for one in held]
    pending.status, pending.updated_at = status, at
    actions = [step, *items.actions(decision, snapshot, caller), *releases]
    return Plan(actions + [extra.action for extra in extras], Outcome(pending), extras)


def _transaction(transaction_id: str, existing: IdempotencyRecord | None) -> Transaction:
    found = existing or Transaction.by_id(transaction_id)
    if not isinstance(found, Transaction):
        raise errors.unknown("transaction", transaction_id)
    return found


def _ended(ended: Transaction, status: str, *, same: bool) -> Outcome:
    if ended.status == status and same:
        return Outcome(ended, replayed=True)
    raise Conflict(f"The transaction is {ended.status}; only a pending one can be posted, voided or expired.")
