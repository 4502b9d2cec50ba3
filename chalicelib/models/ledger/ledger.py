"""The ledger: the only code that moves money.

Every operation reads, lets the domain decide, and writes everything in one transaction or nothing. When another writer
was faster, it reads again. `docs/ledger.md` states the rules and what proves them.
"""

from contextlib import suppress
from dataclasses import replace
from functools import partial

from chalicelib.domain.errors import KEY_REUSED, Conflict, IdempotencyKeyReused, LimitExceeded, Refusal, Unavailable
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller, system
from chalicelib.models.item import Key
from chalicelib.models.ledger import pending, shards
from chalicelib.models.ledger.commit import USUAL, Outcome, Plan, Retries, commit_with_retry
from chalicelib.models.ledger.crowd import CrowdWatch
from chalicelib.models.ledger.overdue import FREED_BY_RELEASE, overdue_transactions, refusal_code
from chalicelib.models.ledger.posting_plan import (
    PlanMovement,
    plan_hold,
    plan_judgement,
    plan_posting,
    plan_posting_unless_hot,
    plan_refusal,
    prepare,
)
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.snapshot import Snapshot, read, session_keys
from chalicelib.models.ledger.terms import AS_HELD, Decide, Terms
from chalicelib.models.ledger.transaction import IdempotencyRecord, Transaction
from chalicelib.models.ledger.waiting import BeyondAllowance, Judge
from chalicelib.models.transact import Extra


def post(request: PostingRequest) -> Outcome:
    """Move the money at once, or record why not."""
    return _commit(request, plan_posting)


def post_if_clear(request: PostingRequest, judge: Judge, retries: Retries = USUAL) -> Outcome:
    """Move the money at once, unless `judge` refuses the movement, or says what it must wait for.

    `judge` is asked of what could be posted only, with the items of the same read. What the write itself finds to be
    beyond its allowance is judged again.
    """
    try:
        return _commit(request, partial(plan_judgement, judge=judge), retries)
    except BeyondAllowance as cause:
        return _commit(request, partial(plan_judgement, judge=judge, beyond=cause), retries)


def post_unless_hot(request: PostingRequest, judge: Judge, until: float) -> Outcome:
    """Do what `post_if_clear` does, unless many write one of the accounts at once. Raises AccountIsHot then.

    Only what could be posted leaves in this way: a refusal and a hold are written at once. No attempt begins after
    `until`, of `time.monotonic`.
    """
    plan = partial(plan_judgement, judge=judge, plan_clear=plan_posting_unless_hot)
    retries = Retries(until, on_conflict=CrowdWatch().note)
    try:
        return _commit(request, plan, retries)
    except BeyondAllowance as cause:
        return _commit(request, partial(plan, beyond=cause), retries)


def hold(request: PostingRequest, hold_until: str) -> Outcome:
    """Set the money aside until the transaction is settled, voided or expired; `hold_until` is a timestamp in UTC."""
    return _commit(request, partial(plan_hold, hold_until=hold_until))


def refuse(request: PostingRequest, refusal: Refusal) -> Outcome:
    """Record a refusal that was decided before posting, unless the key already has its outcome."""
    return _commit(request, partial(plan_refusal, refusal=refusal))


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


def _commit(request: PostingRequest, plan: PlanMovement, retries: Retries = USUAL) -> Outcome:
    """Read, plan and write until there is an outcome; return the one that the key already has.

    The caller's session is read with the accounts, once: a later attempt must not be refused while the write of an
    earlier one may still land.
    """
    unproved = session_keys(request.caller)
    try:
        committed = commit_with_retry(lambda: _plan_anew(request, plan, unproved), retries)
    except LimitExceeded as refusal:  # of the customer's day, which the write itself has found
        refusing = partial(plan_refusal, refusal=refusal)
        committed = commit_with_retry(lambda: _plan_anew(request, refusing, unproved), retries)
    return replace(answer(committed.record, request.idempotency_key, request.caller), sides=committed.sides)


def _plan_anew(request: PostingRequest, plan: PlanMovement, unproved: list[Key]) -> Plan | IdempotencyRecord:
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
