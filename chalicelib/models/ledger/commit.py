"""Commit a plan under its idempotency key, and retry within bounds until DynamoDB has answered."""

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.domain.errors import REFUSALS, Unavailable
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.models import keys, transact
from chalicelib.models.item import Action, key_written
from chalicelib.models.ledger import shards
from chalicelib.models.ledger.transaction import IdempotencyRecord, Transaction, record_from_item
from chalicelib.models.transact import Extra
from chalicelib.observability import count, logger


@dataclass(frozen=True)
class Outcome:
    """A transaction as it stands. `replayed`: an earlier request under the same key had made it. `sides` are the
    accounts of it that its maker may see; None where it was found, by a replay or after an answer that was lost."""

    transaction: Transaction
    replayed: bool = False
    sides: tuple[str, ...] | None = None

    def raise_refusal(self) -> None:
        """Raise the refusal that the transaction remembers, if it was refused."""
        if self.transaction.status != "failed":
            return
        failure = self.transaction.failure
        refusal = REFUSALS[failure["code"]](failure["detail"], figures=failure.get("figures"))
        refusal.transaction_id, refusal.replayed = self.transaction.id, self.replayed
        raise refusal


@dataclass(frozen=True)
class Plan:
    """The writes of one attempt: the record under its key, the actions (the record's own first), the extras.

    `sides` are the accounts of the transaction that its maker may see.
    """

    record: IdempotencyRecord
    actions: list[Action]
    extras: tuple[Extra, ...] = ()
    sides: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Committed:
    """The record under an idempotency key, written by this call (`is_new`, with its `sides`) or found."""

    record: IdempotencyRecord
    is_new: bool = False
    sides: tuple[str, ...] | None = None


def _go_on(plan: Plan, cancelled: transact.Cancelled) -> None:
    """Try again after a conflict, whatever stopped the write."""


@dataclass(frozen=True)
class Retries:
    """How a commit is tried again: `until` when (of `time.monotonic`), and what is called after each conflict.

    `is_ambiguous`: an earlier write of the same request may still land.
    """

    until: float | None = None
    is_ambiguous: bool = False
    on_conflict: Callable[[Plan, transact.Cancelled], None] = _go_on


USUAL = Retries()
"""As often as `transact.attempts` has it."""


def commit_with_retry(plan: Callable[[], Plan | IdempotencyRecord], retries: Retries = USUAL) -> Committed:
    """Plan and write until DynamoDB has answered. `plan` reads anew each time, and returns the record if there is one.

    A write whose answer was lost may still land. So nothing is concluded from not finding it: the next attempt competes
    with it for the same key, and the record of the winner is returned. Raises Contention or OutcomeUnknown.
    """
    ambiguous = retries.is_ambiguous
    for attempt in transact.attempts(retries.until):
        try:
            planned = plan()
        except Unavailable:
            if not ambiguous:
                raise
            continue
        if isinstance(planned, IdempotencyRecord):
            return Committed(planned)
        try:
            transact.write(planned.actions + [extra.action for extra in planned.extras])
        except transact.Cancelled as cancelled:
            ambiguous = ambiguous or cancelled.was_resent
            existing = _existing_record(planned, cancelled)
            if existing:
                return Committed(existing)
            retries.on_conflict(planned, cancelled)
        except transact.Rejected:
            continue
        except transact.Ambiguous:
            ambiguous = True
        else:
            log_decision(planned.record, attempt)
            return Committed(planned.record, is_new=True, sides=planned.sides)
    raise transact.gave_up(ambiguous=ambiguous)


def _existing_record(plan: Plan, cancelled: transact.Cancelled) -> IdempotencyRecord | None:
    """Return the record that the key has already, or None to read and plan again. Its reason is judged first.

    Raises the error of an extra whose condition failed, and `cancelled` when it says nothing.
    """
    of_record = cancelled.reasons[0]
    if of_record.is_condition and of_record.item:
        return record_from_item(of_record.item)
    # While the key is contended for, an extra may have failed because an earlier attempt has just written it.
    extras = () if of_record.is_conflict else plan.extras
    for extra, reason in zip(extras, cancelled.reasons[len(plan.actions) :], strict=False):
        if reason.is_condition:
            raise extra.error
    if not any(reason.is_condition or reason.is_conflict for reason in cancelled.reasons):
        raise cancelled
    count("PostConflicts")
    if any(is_stopped_at_a_shard(*one) for one in zip(plan.actions, cancelled.reasons, strict=False)):
        shards.move()
    return None


def is_stopped_at_a_shard(action: Action, reason: transact.Reason) -> bool:
    """Return whether one of the bank's own accounts, or an entry of one, stopped the write."""
    partition, _ = key_written(action)
    return (reason.is_condition or reason.is_conflict) and is_general_ledger(keys.id_in(partition))


def log_decision(record: IdempotencyRecord, attempt: int) -> None:
    kind, result = "interest_credit", "nothing"  # the one request without a transaction: days that earned no coin
    if isinstance(record, Transaction):
        kind = record.transaction_type
        result = record.failure["code"] if record.status == "failed" else record.status
    count("Transactions", type=kind, outcome=result)
    if attempt:
        count("PostRetries", attempt)
    logger.info(
        "transaction decided",
        transaction_id=record.id,
        principal_id=record.updated_by,
        type=kind,
        outcome=result,
        attempts=attempt + 1,
    )
