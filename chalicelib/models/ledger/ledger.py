"""The ledger: the only code that moves money.

Every operation reads, lets the domain decide, and writes everything in one transaction or nothing. When another writer
was faster, it reads again. `docs/ledger.md` states the rules and what proves them.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from chalicelib import trial
from chalicelib.domain.errors import KEY_REUSED, Conflict, IdempotencyKeyReused, LimitExceeded, Refusal, Unavailable
from chalicelib.domain.ledger import posting
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.ledger.posting import Awaited, Movement, Posting
from chalicelib.domain.permissions import Caller, system
from chalicelib.models.accounts.account import Account
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.batch import Wanted
from chalicelib.models.item import Action, Key
from chalicelib.models.ledger import items, movements, pending, shards
from chalicelib.models.ledger.commit import USUAL, Outcome, Plan, Retries, commit_with_retry
from chalicelib.models.ledger.crowd import AccountIsHot, CrowdWatch, find_hot
from chalicelib.models.ledger.overdue import FREED_BY_RELEASE, overdue_transactions, refusal_code
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.snapshot import Snapshot, read, session_keys
from chalicelib.models.ledger.terms import AS_HELD, Decide, Terms
from chalicelib.models.ledger.transaction import IdempotencyRecord, Transaction
from chalicelib.models.ledger.waiting import Allowance, BeyondAllowance, Judge
from chalicelib.models.transact import Extra


@dataclass(frozen=True)
class PostingRequest:
    """A request to the ledger under one idempotency key.

    `movement` decides what to move from the items that were read. It raises errors that are not recorded (not found,
    not yours, wrong PIN). `accounts` and `others` are read first, in one call; other accounts that the movement names,
    in a second call. What is wanted `beside` is read with them. `label` and `extras` commit with the posting. `awaits`
    is the reason of a hold. `order_id` and `occurrence` are of the order that it pays. Refusals with a code in
    `tried_again` are raised and not recorded: the same request is made again later. `for_clearing` returns what commits
    with a payment to another bank: such a payment is never posted at once, but held until the clearing answers.
    `uetr` is of what came in from another bank, or back.
    """

    idempotency_key: IdempotencyKey
    caller: Caller
    accounts: tuple[str, ...]
    movement: Callable[[Snapshot], Movement]
    others: tuple[Key, ...] = ()
    beside: tuple[Wanted, ...] = ()
    memo: str | None = None
    branch_id: str | None = None
    reverses: str | None = None
    reason: str | None = None
    awaits: Awaited | None = None
    opening: Account | None = None
    label: Callable[[str], Action] | None = None
    extras: tuple[Extra, ...] = ()
    order_id: str | None = None
    occurrence: str | None = None
    uetr: str | None = None
    tried_again: frozenset[str] = frozenset()
    for_clearing: Callable[[Transaction], list[Action]] | None = None


PlanClear = Callable[[PostingRequest, PreparedMovement, int | None], Plan]
"""Plans a movement that may be posted, up to a sum of the customer's day (minor units)."""


def post(request: PostingRequest) -> Outcome:
    """Move the money at once, or record why not."""
    return _commit(request, plan_posting)


def post_if_clear(request: PostingRequest, judge: Judge, retries: Retries = USUAL) -> Outcome:
    """Move the money at once, unless `judge` refuses the movement, or says what it must wait for.

    `judge` is asked of what could be posted only, with the items of the same read. What the write itself finds to be
    beyond its allowance is judged again.
    """
    try:
        return _commit(request, partial(_plan_judged, judge=judge), retries)
    except BeyondAllowance:
        return _commit(request, partial(_plan_judged, judge=judge, is_beyond=True), retries)


def post_unless_hot(request: PostingRequest, judge: Judge, until: float) -> Outcome:
    """Do what `post_if_clear` does, unless many write one of the accounts at once. Raises AccountIsHot then.

    Only what could be posted leaves in this way: a refusal and a hold are written at once. No attempt begins after
    `until`, of `time.monotonic`.
    """
    plan = partial(_plan_judged, judge=judge, plan_clear=_plan_unless_hot)
    retries = Retries(until, on_conflict=CrowdWatch().note)
    try:
        return _commit(request, plan, retries)
    except BeyondAllowance:
        return _commit(request, partial(plan, is_beyond=True), retries)


def hold(request: PostingRequest, hold_until: str) -> Outcome:
    """Set the money aside until the transaction is settled, voided or expired; `hold_until` is a timestamp in UTC."""
    return _commit(request, partial(_plan_hold, hold_until=hold_until))


def refuse(request: PostingRequest, refusal: Refusal) -> Outcome:
    """Record a refusal that was decided before posting, unless the key already has its outcome."""
    return _commit(request, partial(_plan_refusal, refusal=refusal))


def settle(transaction_id: str, caller: Caller, terms: Terms = AS_HELD, extras: tuple[Extra, ...] = ()) -> Outcome:
    """Post a pending transaction on the terms of this moment; asking again answers the same.

    `extras` commit with it. Raises the refusal that a post would meet and that leaves it pending. Raises Conflict when
    it ended otherwise, or does now because its time is over or its maker's right has ended.
    """
    committed = commit_with_retry(lambda: pending.plan_settlement(transaction_id, caller, terms, extras))
    return pending.outcome(committed, "posted")


def hand_over(transaction_id: str, caller: Caller, terms: Terms, extras: tuple[Extra, ...] = ()) -> Outcome:
    """Leave an approved payment to the clearing, on the terms of this moment; its money stays held.

    `extras` commit with it. Raises what `settle` raises.
    """
    committed = commit_with_retry(lambda: pending.plan_hand_over(transaction_id, caller, terms, extras))
    return pending.outcome_of_hand_over(committed)


def void(
    transaction_id: str,
    caller: Caller,
    reason: str | None = None,
    extras: tuple[Extra, ...] = (),
    decide: Decide | None = None,
    *,
    is_at_clearing: bool = False,
) -> Outcome:
    """Give up a pending transaction and release what it held; `extras` commit with it, and so does the end of its
    approval, by the decision `decide` or for the reason.

    What waits for the clearing is given up only by a caller who says that it is there, and has asked its state. Raises
    Conflict when it ended otherwise, waits for the clearing, or expires now because its time is over.
    """
    committed = commit_with_retry(
        lambda: pending.plan_release(
            transaction_id, caller, "voided", reason, extras, decide, is_at_clearing=is_at_clearing
        )
    )
    return pending.outcome(committed, "voided")


def expire(transaction_id: str, caller: Caller) -> Outcome:
    """Release what a pending transaction held past its time. Raises Conflict when it ended otherwise."""
    committed = commit_with_retry(lambda: pending.plan_release(transaction_id, caller, "expired"))
    return pending.outcome(committed, "expired")


def find_outcome(idempotency_key: IdempotencyKey, caller: Caller) -> Outcome | None:
    """Return the outcome recorded under a key, or None."""
    record = IdempotencyRecord.by_transaction_id(idempotency_key.transaction_id)
    return answer(record, idempotency_key, caller) if record else None


def answer(record: IdempotencyRecord, idempotency_key: IdempotencyKey, caller: Caller) -> Outcome:
    """Return the outcome that a key's record says.

    Raises IdempotencyKeyReused when it was another request's, HeldForApproval when it waits for a second person.
    """
    if record.fingerprint == idempotency_key.fingerprint:
        record.raise_if_held()
    if record.fingerprint != idempotency_key.fingerprint or not isinstance(record, Transaction):
        raise IdempotencyKeyReused(KEY_REUSED)
    return Outcome(record, replayed=record.request_id != caller.request_id)


def prepare(request: PostingRequest, snapshot: Snapshot) -> PreparedMovement:
    """Ask the request for its movement, and make it ready to be decided."""
    if request.opening:
        snapshot = snapshot.with_accounts({request.opening.id: request.opening})
    movement = request.movement(snapshot)
    return movements.prepare(movement, snapshot, request.idempotency_key.transaction_id, request.caller)


def plan_posting(request: PostingRequest, prepared: PreparedMovement, most: int | None = None) -> Plan:
    """Plan to move the money at once, or to hold it for the clearing, or to record the refusal.

    `most` (minor units) is what the customer's day may be at most with it: the write raises BeyondAllowance.
    """
    if request.for_clearing:
        return _plan_hold(replace(request, awaits="clearing"), prepared, None, most=most)
    decision = posting.post(prepared.movement, prepared.positions, prepared.at, prepared.day)
    if isinstance(decision, Refusal):
        return _plan_refusal(request, prepared, decision)
    return _plan(request, prepared, transaction_of_posting(request, prepared, decision), decision, most=most)


def _plan_unless_hot(request: PostingRequest, prepared: PreparedMovement, most: int | None = None) -> Plan:
    """Plan to move the money at once. Raises AccountIsHot before any item is made: a group makes others."""
    hot = find_hot(prepared.snapshot.accounts)
    if hot:
        raise AccountIsHot(hot, items.sides(prepared.movement, prepared.snapshot, request.caller))
    return plan_posting(request, prepared, most)


def _plan_judged(
    request: PostingRequest,
    prepared: PreparedMovement,
    judge: Judge,
    *,
    is_beyond: bool = False,
    plan_clear: PlanClear = plan_posting,
) -> Plan:
    """Plan what the judgement says; `plan_clear` plans a movement that nothing refuses or holds back."""
    refusal = posting.refusal_to_post(prepared.movement, prepared.positions, prepared.day)
    judgement = refusal or judge(prepared)
    if isinstance(judgement, Allowance):
        if not is_beyond:
            return plan_clear(request, prepared, judgement.most)
        judgement = judgement.beyond(prepared)
    if isinstance(judgement, Refusal):
        return _plan_refusal(request, prepared, judgement)
    if judgement:
        return _plan_hold(replace(request, awaits=judgement.awaits), prepared, judgement.until, judgement.approval)
    return plan_clear(request, prepared, None)


def _plan_hold(
    request: PostingRequest,
    prepared: PreparedMovement,
    hold_until: str | None,
    approval: Approval | None = None,
    most: int | None = None,
) -> Plan:
    decision = posting.hold(prepared.movement, prepared.positions, prepared.at, prepared.day)
    if isinstance(decision, Refusal):
        return _plan_refusal(request, prepared, decision)
    transaction, holds = transaction_of_hold(request, prepared, decision, hold_until)
    if approval:
        transaction.approval_required = approval.required
        holds.append(approval.put_if_absent())
    if request.for_clearing:
        holds += request.for_clearing(transaction)
    return _plan(request, prepared, transaction, decision, holds, most)


def transaction_of_hold(
    request: PostingRequest, prepared: PreparedMovement, decision: Posting, hold_until: str | None = None
) -> tuple[Transaction, list[Action]]:
    """Return the transaction of a movement whose money is set aside now, and the actions that put its holds."""
    made = _new_transaction(request, prepared)
    made.entries = items.entries_json(decision)
    made.status, made.hold_until, made.awaits = "pending", hold_until, request.awaits
    made.holds = items.holds_json(decision) or None
    return made, items.holds(decision, prepared.snapshot, request.caller, made.id, hold_until)


def _plan_refusal(request: PostingRequest, prepared: PreparedMovement, refusal: Refusal) -> Plan:
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
    most: int | None = None,
) -> Plan:
    """Plan to write a transaction with all that was decided, and what the request adds."""
    accounts_and_entries = items.actions(transaction, decision, prepared.snapshot, request.caller)
    label = [request.label(prepared.at)] if request.label else []
    counted, returned = items.count_for_customers(transaction, prepared, request.caller, most)
    actions = [transaction.put_if_absent(), *accounts_and_entries, *holds, *label, *returned]
    sides = items.sides(prepared.movement, prepared.snapshot, request.caller)
    return Plan(transaction, actions, (*request.extras, *counted), sides)


def transaction_of_posting(request: PostingRequest, prepared: PreparedMovement, decision: Posting) -> Transaction:
    """Return the transaction of a movement that is posted now."""
    made = _new_transaction(request, prepared)
    made.status, made.posted_at, made.legs = "posted", prepared.at, None
    made.entries, made.is_shown = items.entries_json(decision), True
    return made.leave_to_its_accounts(request.caller)


def transaction_of_refusal(request: PostingRequest, prepared: PreparedMovement, refusal: Refusal) -> Transaction:
    """Return the transaction that remembers a refusal."""
    made = _new_transaction(request, prepared)
    made.status, made.failure = "failed", {"code": refusal.code, "detail": refusal.detail}
    if refusal.figures:
        made.failure["figures"] = dict(refusal.figures)
    made.interest = None
    return made


def _new_transaction(request: PostingRequest, prepared: PreparedMovement) -> Transaction:
    made = items.transaction(request.idempotency_key, prepared.movement, prepared.snapshot, request.caller, prepared.at)
    made.memo, made.branch_id = request.memo, request.branch_id
    made.reverses, made.reason = request.reverses, request.reason
    made.order_id, made.occurrence, made.uetr = request.order_id, request.occurrence, request.uetr
    made.opens_account_id = request.opening.id if request.opening else None
    return made


def _commit(
    request: PostingRequest, plan: Callable[[PostingRequest, PreparedMovement], Plan], retries: Retries = USUAL
) -> Outcome:
    """Read, plan and write until there is an outcome; return the one that the key already has.

    The caller's session is read with the accounts, once: a later attempt must not be refused while the write of an
    earlier one may still land.
    """
    unproved = session_keys(request.caller)
    try:
        committed = commit_with_retry(lambda: _plan_anew(request, plan, unproved), retries)
    except LimitExceeded as refusal:  # of the customer's day, which the write itself has found
        refusing = partial(_plan_refusal, refusal=refusal)
        committed = commit_with_retry(lambda: _plan_anew(request, refusing, unproved), retries)
    return replace(answer(committed.record, request.idempotency_key, request.caller), sides=committed.sides)


def _plan_anew(
    request: PostingRequest, plan: Callable[[PostingRequest, PreparedMovement], Plan], unproved: list[Key]
) -> Plan | IdempotencyRecord:
    """Read and plan. What is refused for money that overdue holds set aside is planned again without them.

    The sessions that are `unproved` are read and judged, and proved then.
    """
    snapshot = _read(request, tuple(unproved))
    if snapshot.record:
        return snapshot.record
    snapshot.require_sessions(unproved)
    unproved.clear()
    prepared = prepare(request, snapshot)
    planned = plan(request, prepared)
    code = refusal_code(planned.record)
    if code in FREED_BY_RELEASE and expire_overdue(prepared, request.caller):
        return _plan_anew(request, plan, unproved)
    if isinstance(planned.record, Transaction) and code in request.tried_again:
        Outcome(planned.record).raise_refusal()
    return planned


def expire_overdue(prepared: PreparedMovement, caller: Caller) -> bool:
    """Release the payers' overdue holds; return whether any has ended. What cannot end now is left to the sweep."""
    ended = False
    for transaction_id in overdue_transactions(prepared):
        with suppress(Unavailable):
            with suppress(Conflict):  # it has just ended otherwise
                expire(transaction_id, system(caller.request_id))
            ended = True
    return ended


def _read(request: PostingRequest, also: tuple[Key, ...] = ()) -> Snapshot:
    others = request.others + also
    return read(request.idempotency_key.transaction_id, map(shards.own_shard, request.accounts), others, request.beside)
