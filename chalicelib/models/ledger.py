"""The ledger: the only code that moves money.

Every operation reads, lets the domain decide, and writes everything in one transaction or nothing; when somebody else
was faster, it reads again. `docs/ledger.md` states the rules and what proves them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from chalicelib import config
from chalicelib.domain import posting
from chalicelib.domain.errors import KEY_REUSED, IdempotencyKeyReused, Refusal
from chalicelib.domain.idempotency import Claim
from chalicelib.domain.permissions import Caller
from chalicelib.domain.posting import Awaited, Movement, Posting, TransactionStatus
from chalicelib.domain.time import day
from chalicelib.models import ledger_items, movements, pending, shards
from chalicelib.models.account import Account
from chalicelib.models.attempt import Extra, Outcome, Plan, until_decided
from chalicelib.models.item import Action, Key
from chalicelib.models.snapshot import Snapshot, read
from chalicelib.models.transaction import Slot, Transaction


@dataclass(frozen=True)
class Order:
    """What a caller asks of the ledger under one idempotency key.

    `movement` turns what was read into what is to move, and raises what refuses the order without a record (not
    found, not yours, wrong PIN). `accounts` and `others` are read first; accounts that the movement names besides are
    read as well. `label` and `extras` commit with the posting. `awaits` is what it waits for when it is only held.
    """

    claim: Claim
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
Answer = Callable[[Slot, Claim, Caller], AnswerT]
Objection = Callable[[Movement, Snapshot], Refusal | Awaited | None]
Decide = Callable[[Movement, posting.Positions, str, str], Posting | Refusal]


def post(order: Order) -> Outcome:
    """Move the money at once, or record why not."""
    return until_decided(lambda standing: plan(order, standing, answer, posting.post, "posted"))


def hold(order: Order, hold_until: str) -> Outcome:
    """Set the money aside until the transaction is settled, voided or expired; `hold_until` is a timestamp in UTC."""
    return until_decided(lambda standing: plan(order, standing, answer, posting.hold, "pending", hold_until))


def settle(transaction_id: str, caller: Caller, amount: int | None = None, extras: tuple[Extra, ...] = ()) -> Outcome:
    """Post a pending transaction, whole or in part (minor units); asking again for the same answers the same.

    `extras` commit with it. Raises Conflict when it ended otherwise, and the refusal (frozen, closed) that leaves it
    pending.
    """
    return until_decided(lambda standing: pending.settlement(transaction_id, standing, caller, amount, extras))


def void(transaction_id: str, caller: Caller, reason: str | None = None, extras: tuple[Extra, ...] = ()) -> Outcome:
    """Give up a pending transaction and release what it held; `extras` commit with it. Raises Conflict when it ended
    otherwise."""
    return until_decided(lambda standing: pending.release(transaction_id, standing, caller, "voided", reason, extras))


def expire(transaction_id: str, caller: Caller) -> Outcome:
    """Release what a pending transaction held past its time. Raises Conflict when it ended otherwise."""
    return until_decided(lambda standing: pending.release(transaction_id, standing, caller, "expired"))


def refuse(order: Order, refusal: Refusal) -> Outcome:
    """Record a refusal that was decided before posting, unless the key already has its answer."""
    return until_decided(lambda standing: plan(order, standing, answer, lambda *_: refusal, "failed"))


def screen(order: Order, objection: Objection) -> Outcome | Awaited | None:
    """Refuse, and record it, what would be refused now; None when nothing speaks against posting.

    `objection` is asked last, and may refuse what the ledger itself would post, or say what it must wait for first.
    """
    snapshot = read(order.claim.transaction_id, map(shards.sharded, order.accounts), order.others)
    if snapshot.slot:
        return answer(snapshot.slot, order.claim, order.caller)
    movement = movements.sharded(order.movement(snapshot))
    now = movements.complete(snapshot, movement, order.claim.transaction_id, order.caller)
    decision = posting.post(movement, snapshot.positions(), now, _today(now))
    objected = decision if isinstance(decision, Refusal) else objection(movement, snapshot)
    return refuse(order, objected) if isinstance(objected, Refusal) else objected


def found(claim: Claim, caller: Caller) -> Outcome | None:
    """What a key has led to so far, if anything."""
    slot = Slot.used(claim.transaction_id)
    return answer(slot, claim, caller) if slot else None


def answer(slot: Slot, claim: Claim, caller: Caller) -> Outcome:
    """The answer that a key already has. Raises IdempotencyKeyReused when it was another request's."""
    if slot.fingerprint != claim.fingerprint or not isinstance(slot, Transaction):
        raise IdempotencyKeyReused(KEY_REUSED)
    return Outcome(slot, replayed=slot.request_id != caller.request_id)


def _today(timestamp: str) -> str:
    return day(timestamp, config.timezone()).isoformat()


def plan(
    order: Order,
    standing: Slot | None,
    answer: Answer[AnswerT],
    decide: Decide,
    status: TransactionStatus,
    hold_until: str | None = None,
) -> Plan[Outcome] | AnswerT:
    """What a new transaction would write now, or the answer that its key already has: `answer` makes it of the slot."""
    if standing:
        return answer(standing, order.claim, order.caller)
    snapshot = read(order.claim.transaction_id, map(shards.sharded, order.accounts), order.others)
    if snapshot.slot:
        return answer(snapshot.slot, order.claim, order.caller)
    if order.opening:
        snapshot.accounts[order.opening.id] = order.opening
    movement = movements.sharded(order.movement(snapshot))
    created_at = movements.complete(snapshot, movement, order.claim.transaction_id, order.caller)
    made = ledger_items.transaction(order.claim, movement, snapshot, order.caller, created_at)
    made.memo, made.branch_id, made.reverses, made.reason = order.memo, order.branch_id, order.reverses, order.reason
    made.opens_account_id = order.opening.id if order.opening else None
    decision = decide(movement, snapshot.positions(), created_at, _today(created_at))
    if isinstance(decision, Refusal):
        made.status, made.failure = "failed", {"code": decision.code, "detail": decision.detail}
        made.interest = None
        return Plan([made.put_if_absent()], Outcome(made))
    made.status = status
    made.entries, made.holds = ledger_items.entries_json(decision), ledger_items.holds_json(decision) or None
    if status == "posted":
        made.posted_at, made.legs = created_at, None
    if hold_until is not None:
        made.hold_until, made.awaits = hold_until, order.awaits
    actions = [made.put_if_absent(), *ledger_items.actions(decision, snapshot, order.caller)]
    actions += ledger_items.holds(decision, order.caller, made.id, hold_until) if hold_until else []
    actions += [order.label(created_at)] if order.label else []
    outcome = Outcome(made, sides=ledger_items.sides(movement, snapshot, order.caller))
    return Plan(actions + [extra.action for extra in order.extras], outcome, order.extras)
