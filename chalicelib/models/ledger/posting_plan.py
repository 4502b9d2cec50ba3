"""Plan the write of one attempt at a request: a posting, a hold or a refusal. `ledger.py` reads before it and commits.

Each plan is decided on one read. The domain decides whether the movement may be posted, a judge whether it must wait.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from chalicelib import trial
from chalicelib.domain.errors import Refusal
from chalicelib.domain.ledger import posting
from chalicelib.domain.ledger.posting import Posting
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.item import Action
from chalicelib.models.ledger import items, movements
from chalicelib.models.ledger.commit import Plan
from chalicelib.models.ledger.crowd import AccountIsHot, find_hot
from chalicelib.models.ledger.new_transaction import (
    transaction_of_hold,
    transaction_of_posting,
    transaction_of_refusal,
)
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.ledger.waiting import Allowance, BeyondAllowance, Judge

PlanMovement = Callable[[PostingRequest, PreparedMovement], Plan]
"""Plans what to write of a movement."""

PlanClear = Callable[[PostingRequest, PreparedMovement, Allowance | None], Plan]
"""Plans a movement that may be posted, up to an allowance."""


def prepare(request: PostingRequest, snapshot: Snapshot) -> PreparedMovement:
    """Ask the request for its movement, and make it ready to be decided."""
    if request.opening:
        snapshot = snapshot.with_accounts({request.opening.id: request.opening})
    movement = request.movement(snapshot)
    return movements.prepare(movement, snapshot, request.idempotency_key.transaction_id, request.caller)


def plan_posting(request: PostingRequest, prepared: PreparedMovement, allowance: Allowance | None = None) -> Plan:
    """Plan to move the money at once, or to hold it for the clearing, or to record the refusal.

    Beyond the `allowance` the write raises BeyondAllowance.
    """
    if request.for_clearing:
        return plan_hold(replace(request, awaits="clearing"), prepared, None, allowance=allowance)
    decision = posting.post(prepared.movement, prepared.positions, prepared.at, prepared.day)
    if isinstance(decision, Refusal):
        return plan_refusal(request, prepared, decision)
    return _plan(request, prepared, transaction_of_posting(request, prepared, decision), decision, allowance=allowance)


def plan_posting_unless_hot(
    request: PostingRequest, prepared: PreparedMovement, allowance: Allowance | None = None
) -> Plan:
    """Plan to move the money at once. Raises AccountIsHot before any item is made: a group makes others."""
    hot = find_hot(prepared.snapshot.accounts)
    if hot:
        sides = items.sides(prepared.movement, prepared.snapshot, request.caller)
        raise AccountIsHot(hot, sides, prepared.snapshot.accounts[hot].last_entry_at)
    return plan_posting(request, prepared, allowance)


def plan_judgement(
    request: PostingRequest,
    prepared: PreparedMovement,
    judge: Judge,
    *,
    beyond: BeyondAllowance | None = None,
    plan_clear: PlanClear = plan_posting,
) -> Plan:
    """Plan what `judge` says of a movement that could be posted; `plan_clear` plans what nothing holds back.

    `beyond`: the write of an earlier attempt has found the movement beyond its allowance.
    """
    refusal = posting.refusal_to_post(prepared.movement, prepared.positions, prepared.day)
    judgement = refusal or judge(prepared)
    if isinstance(judgement, Allowance):
        if not beyond:
            return plan_clear(request, prepared, judgement)
        judgement = judgement.beyond(prepared, beyond)
    if isinstance(judgement, Refusal):
        return plan_refusal(request, prepared, judgement)
    if judgement:
        return plan_hold(replace(request, awaits=judgement.awaits), prepared, judgement.until, judgement.approval)
    return plan_clear(request, prepared, None)


def plan_hold(
    request: PostingRequest,
    prepared: PreparedMovement,
    hold_until: str | None,
    approval: Approval | None = None,
    allowance: Allowance | None = None,
) -> Plan:
    """Plan to set the money aside, for what the request awaits, or to record the refusal.

    Without `hold_until` (UTC) no timer ends the hold. `approval` commits with it.
    """
    decision = posting.hold(prepared.movement, prepared.positions, prepared.at, prepared.day)
    if isinstance(decision, Refusal):
        return plan_refusal(request, prepared, decision)
    transaction, holds = transaction_of_hold(request, prepared, decision, hold_until)
    if approval:
        transaction.approval_required = approval.required
        holds.append(approval.put_if_absent())
    if request.for_clearing:
        holds += request.for_clearing(transaction)
    return _plan(request, prepared, transaction, decision, holds, allowance)


def plan_refusal(request: PostingRequest, prepared: PreparedMovement, refusal: Refusal) -> Plan:
    """Plan to record a refusal. Raises it where the request is only tried."""
    if trial.is_on():
        raise refusal
    transaction = transaction_of_refusal(request, prepared, refusal)
    return Plan(transaction, [transaction.put_if_absent()])


def _plan(
    request: PostingRequest,
    prepared: PreparedMovement,
    transaction: Transaction,
    decision: Posting,
    holds: Sequence[Action] = (),
    allowance: Allowance | None = None,
) -> Plan:
    """Plan to write a transaction with all that was decided, and what the request adds."""
    accounts_and_entries = items.actions(transaction, decision, prepared.snapshot, request.caller)
    label = [request.label(prepared.at)] if request.label else []
    counted, returned = items.count_for_customers(transaction, prepared, request.caller, allowance)
    actions = [transaction.put_if_absent(), *accounts_and_entries, *holds, *label, *returned]
    sides = items.sides(prepared.movement, prepared.snapshot, request.caller)
    return Plan(transaction, actions, (*request.extras, *counted), sides)
