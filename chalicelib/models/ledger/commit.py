"""Trying until DynamoDB has answered, within bounds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from chalicelib.domain.errors import REFUSALS, BankError, Unavailable
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.models import transact
from chalicelib.models.item import Action
from chalicelib.models.ledger import shards
from chalicelib.models.ledger.transaction import IdempotencyRecord, Transaction, record_from_item
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
        refusal = REFUSALS[self.transaction.failure["code"]](self.transaction.failure["detail"])
        refusal.transaction_id, refusal.replayed = self.transaction.id, self.replayed
        raise refusal

    @property
    def record(self) -> Transaction:
        return self.transaction

    @property
    def told(self) -> tuple[str, str]:
        made = self.transaction
        return made.transaction_type, made.failure["code"] if made.status == "failed" else made.status


class Decided(Protocol):
    """What a key has led to: the slot, and for the log the type of it and the outcome."""

    @property
    def record(self) -> IdempotencyRecord: ...
    @property
    def told(self) -> tuple[str, str]: ...


DecidedT = TypeVar("DecidedT", bound=Decided)
DecidedT_co = TypeVar("DecidedT_co", bound=Decided, covariant=True)


@dataclass(frozen=True)
class Extra:
    """An action that commits with a posting, and the error to raise when its condition fails."""

    action: Action
    error: BankError


@dataclass(frozen=True)
class Plan(Generic[DecidedT_co]):
    """Actions to write, the transaction's own first and the extras' last, and what will then be true."""

    actions: list[Action]
    outcome: DecidedT_co
    extras: tuple[Extra, ...] = ()


def commit_with_retry(plan: Callable[[IdempotencyRecord | None], Plan[DecidedT] | DecidedT]) -> DecidedT:
    """Plan and write until there is an answer. `plan` is given the slot, when a refused write has shown it.

    An attempt whose answer was lost may still land, so nothing is concluded from not finding it: the next attempt
    competes with it for the same slot, and whichever wins is the answer.
    """
    ambiguous = False
    for attempt in transact.attempts():
        try:
            planned = plan(None)
        except Unavailable:
            if not ambiguous:
                raise
            continue
        if not isinstance(planned, Plan):
            return planned
        try:
            transact.write(planned.actions)
        except transact.Cancelled as cancelled:
            ambiguous = ambiguous or cancelled.was_resent
            existing = _judge(planned, cancelled)
            answer = plan(existing) if existing else None
            if answer is not None and not isinstance(answer, Plan):
                return answer
        except transact.Rejected:
            continue
        except transact.Ambiguous:
            ambiguous = True
        else:
            return _decided(planned.outcome, attempt)
    raise transact.gave_up(ambiguous=ambiguous)


def _judge(planned: Plan[Decided], cancelled: transact.Cancelled) -> IdempotencyRecord | None:
    """The slot as it stands, if that is what stopped the write; None to read again. Its reason is judged first."""
    first, *others = cancelled.reasons
    if first.is_condition and first.item:
        return record_from_item(first.item)
    # While the slot is contended for, an extra may stand in the way because an earlier attempt has just written it.
    extras = () if first.is_conflict else planned.extras
    for extra, reason in zip(reversed(extras), reversed(others), strict=False):
        if reason.is_condition:
            raise extra.error
    if not any(reason.is_condition or reason.is_conflict for reason in cancelled.reasons):
        raise cancelled
    count("PostConflicts")
    if any(_stopped_at_a_shard(*one) for one in zip(planned.actions, cancelled.reasons, strict=False)):
        shards.move()
    return None


def _stopped_at_a_shard(action: Action, reason: transact.Reason) -> bool:
    """Whether it was one of the bank's own accounts, or an entry of one, that stood in the way."""
    [written] = action.values()
    key = written.get("Key") or written["Item"]
    return (reason.is_condition or reason.is_conflict) and is_general_ledger(key["pk"]["S"].removeprefix("ACCOUNT#"))


def _decided(outcome: DecidedT, attempt: int) -> DecidedT:
    kind, result = outcome.told
    count("Transactions", type=kind, outcome=result)
    if attempt:
        count("PostRetries", attempt)
    logger.info(
        "transaction decided",
        transaction_id=outcome.record.id,
        principal_id=outcome.record.updated_by,
        type=kind,
        outcome=result,
        attempts=attempt + 1,
    )
    return outcome
