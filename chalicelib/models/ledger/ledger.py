"""The ledger: the only code that moves money.

Every operation reads, lets the domain decide, and writes everything in one transaction or nothing; when somebody else
was faster, it reads again. `docs/ledger.md` states the rules and what proves them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from chalicelib import config
from chalicelib.domain.errors import KEY_REUSED, IdempotencyKeyReused, Refusal
from chalicelib.domain.ledger import posting
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.ledger.posting import Awaited, Movement, Posting, TransactionStatus
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import day
from chalicelib.models.accounts.account import Account
from chalicelib.models.item import Action, Key
from chalicelib.models.ledger import items, movements, pending, shards
from chalicelib.models.ledger.commit import Extra, Outcome, Plan, commit_with_retry
from chalicelib.models.ledger.snapshot import Snapshot, read
from chalicelib.models.ledger.transaction import IdempotencyRecord, Transaction


@dataclass(frozen=True)
class PostingRequest:
    """What a caller asks of the ledger under one idempotency key.

    `movement` turns what was read into what is to move, and raises what refuses the order without a record (not
    found, not yours, wrong PIN). `accounts` and `others` are read first; accounts that the movement names besides are
    read as well. `label` and `extras` commit with the posting. `awaits` is what it waits for when it is only held.
    """

    idempotency_key: IdempotencyKey
    caller: Caller
    accounts: tuple[str, ...]
    movement: Callable[[Snapshot], Movement]
    others: tuple[Key, ...] = ()
    memo: str | None = None
    branch_id: str | None = None
    reverses: str | None = None
    reason: str | None = None
    awaits: Awaited | None = None
    opening: Account | None = None
    label: Callable[[str], Action] | None = None
    extras: tuple[Extra, ...] = ()


AnswerT = TypeVar("AnswerT")
Answer = Callable[[IdempotencyRecord, IdempotencyKey, Caller], AnswerT]
Objection = Callable[[Movement, Snapshot], Refusal | Awaited | None]
Decide = Callable[[Movement, posting.Positions, str, str], Posting | Refusal]


def post(request: PostingRequest) -> Outcome:
    """Move the money at once, or record why not."""
    return commit_with_retry(lambda existing: plan(request, existing, answer, posting.post, "posted"))


def hold(request: PostingRequest, hold_until: str) -> Outcome:
    """Set the money aside until the transaction is settled, voided or expired; `hold_until` is a timestamp in UTC."""
    return commit_with_retry(lambda existing: plan(request, existing, answer, posting.hold, "pending", hold_until))


def settle(transaction_id: str, caller: Caller, amount: int | None = None, extras: tuple[Extra, ...] = ()) -> Outcome:
    """Post a pending transaction, whole or in part (minor units); asking again for the same answers the same.

    `extras` commit with it. Raises Conflict when it ended otherwise, and the refusal (frozen, closed) that leaves it
    pending.
    """
    return commit_with_retry(lambda existing: pending.settlement(transaction_id, existing, caller, amount, extras))


def void(transaction_id: str, caller: Caller, reason: str | None = None, extras: tuple[Extra, ...] = ()) -> Outcome:
    """Give up a pending transaction and release what it held; `extras` commit with it. Raises Conflict when it ended
    otherwise."""
    return commit_with_retry(
        lambda existing: pending.release(transaction_id, existing, caller, "voided", reason, extras)
    )


def expire(transaction_id: str, caller: Caller) -> Outcome:
    """Release what a pending transaction held past its time. Raises Conflict when it ended otherwise."""
    return commit_with_retry(lambda existing: pending.release(transaction_id, existing, caller, "expired"))


def refuse(request: PostingRequest, refusal: Refusal) -> Outcome:
    """Record a refusal that was decided before posting, unless the key already has its answer."""
    return commit_with_retry(lambda existing: plan(request, existing, answer, lambda *_: refusal, "failed"))


def screen(request: PostingRequest, objection: Objection) -> Outcome | Awaited | None:
    """Refuse, and record it, what would be refused now; None when nothing speaks against posting.

    `objection` is asked last, and may refuse what the ledger itself would post, or say what it must wait for first.
    """
    snapshot = read(request.idempotency_key.transaction_id, map(shards.sharded, request.accounts), request.others)
    if snapshot.record:
        return answer(snapshot.record, request.idempotency_key, request.caller)
    movement = movements.sharded(request.movement(snapshot))
    now = movements.complete(snapshot, movement, request.idempotency_key.transaction_id, request.caller)
    decision = posting.post(movement, snapshot.positions(), now, _today(now))
    objected = decision if isinstance(decision, Refusal) else objection(movement, snapshot)
    return refuse(request, objected) if isinstance(objected, Refusal) else objected


def found(idempotency_key: IdempotencyKey, caller: Caller) -> Outcome | None:
    """What a key has led to so far, if anything."""
    record = IdempotencyRecord.used(idempotency_key.transaction_id)
    return answer(record, idempotency_key, caller) if record else None


def answer(record: IdempotencyRecord, idempotency_key: IdempotencyKey, caller: Caller) -> Outcome:
    """The answer that a key already has. Raises IdempotencyKeyReused when it was another request's."""
    if record.fingerprint != idempotency_key.fingerprint or not isinstance(record, Transaction):
        raise IdempotencyKeyReused(KEY_REUSED)
    return Outcome(record, replayed=record.request_id != caller.request_id)


def _today(timestamp: str) -> str:
    return day(timestamp, config.timezone()).isoformat()


def plan(
    request: PostingRequest,
    existing: IdempotencyRecord | None,
    answer: Answer[AnswerT],
    decide: Decide,
    status: TransactionStatus,
    hold_until: str | None = None,
) -> Plan[Outcome] | AnswerT:
    """What a new transaction would write now, or the answer that its key already has: `answer` makes it of the slot."""
    if existing:
        return answer(existing, request.idempotency_key, request.caller)
    snapshot = read(request.idempotency_key.transaction_id, map(shards.sharded, request.accounts), request.others)
    if snapshot.record:
        return answer(snapshot.record, request.idempotency_key, request.caller)
    if request.opening:
        snapshot.accounts[request.opening.id] = request.opening
    movement = movements.sharded(request.movement(snapshot))
    created_at = movements.complete(snapshot, movement, request.idempotency_key.transaction_id, request.caller)
    made = items.transaction(request.idempotency_key, movement, snapshot, request.caller, created_at)
    made.memo, made.branch_id, made.reverses, made.reason = (
        request.memo,
        request.branch_id,
        request.reverses,
        request.reason,
    )
    made.opens_account_id = request.opening.id if request.opening else None
    decision = decide(movement, snapshot.positions(), created_at, _today(created_at))
    if isinstance(decision, Refusal):
        made.status, made.failure = "failed", {"code": decision.code, "detail": decision.detail}
        made.interest = None
        return Plan([made.put_if_absent()], Outcome(made))
    made.status = status
    made.entries, made.holds = items.entries_json(decision), items.holds_json(decision) or None
    if status == "posted":
        made.posted_at, made.legs = created_at, None
    if hold_until is not None:
        made.hold_until, made.awaits = hold_until, request.awaits
    actions = [made.put_if_absent(), *items.actions(decision, snapshot, request.caller)]
    actions += items.holds(decision, request.caller, made.id, hold_until) if hold_until else []
    actions += [request.label(created_at)] if request.label else []
    outcome = Outcome(made, sides=items.sides(movement, snapshot, request.caller))
    return Plan(actions + [extra.action for extra in request.extras], outcome, request.extras)
