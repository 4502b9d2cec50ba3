"""The only place that calls `TransactWriteItems` and interprets its responses.

Raw, because PynamoDB's own `TransactWrite` sends checks, deletes, puts and updates in that order whatever the order of
the calls, so that a cancellation reason could be blamed on the wrong item.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeVar, cast

from botocore.exceptions import ClientError

from chalicelib.aws import THROTTLED, UNANSWERED
from chalicelib.domain.errors import Contention, OutcomeUnknown
from chalicelib.models import connection
from chalicelib.models.item import Action, BankItem, RawItem
from chalicelib.observability import count

ATTEMPTS_MAX = 40
DEADLINE_SECONDS = 4.0
"""No attempt begins later; a write that is then sent twice and never answered (4 s) ends with the task's 8 s."""
FIRST_PAUSE_SECONDS_MAX = 0.02
LATER_PAUSES_SHARE = 1 / 8
"""Of the time that is left, at most, for any pause but the first."""
EDIT_ROUNDS_MAX = 64
"""Rounds of `commit_edits`: more than writers that a limit on the edited item lets through at once."""

Params = ParamSpec("Params")
ResultT = TypeVar("ResultT")
ItemT = TypeVar("ItemT", bound=BankItem)
_CONFLICTS = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}


@dataclass(frozen=True)
class Reason:
    """Why one action stopped a transaction; `item` is what stood there when its condition failed."""

    code: str
    item: RawItem | None = None

    @property
    def is_condition(self) -> bool:
        return self.code == "ConditionalCheckFailed"

    @property
    def is_conflict(self) -> bool:
        return self.code in _CONFLICTS

    def found(self, model: type[ItemT]) -> ItemT | None:
        """Return what stood there, or None if nothing did, or something else than such an item."""
        item = BankItem.from_raw_data(self.item) if self.item else None
        return item if isinstance(item, model) else None


@dataclass(frozen=True)
class Extra:
    """An action that commits with others, and the error to raise when its condition fails."""

    action: Action
    error: Exception


@dataclass
class Edit(Generic[ItemT]):
    """A change of an item that was read. `write` returns the action for the item as it was `found`, if it was."""

    kind: type[ItemT]
    found: ItemT | None
    write: Callable[[ItemT | None], Action]


class Cancelled(Exception):
    """DynamoDB answered that nothing was written; one reason for each action, in the order they were sent.

    `was_resent`: botocore had sent the same before and heard nothing, so that this may still land.
    """

    def __init__(self, reasons: list[Reason], *, was_resent: bool = False):
        super().__init__(", ".join(reason.code for reason in reasons))
        self.reasons = reasons
        self.was_resent = was_resent


class Rejected(Exception):
    """DynamoDB answered that it did not try (throttling): nothing was written."""


class Ambiguous(Exception):
    """No answer came, or one that says nothing: the write may have landed, or may still land."""


def write(actions: list[Action]) -> None:
    """Commit all actions or none. Raises Cancelled, Rejected or Ambiguous; anything else is a bug and goes up as is."""
    try:
        connection.client().transact_write_items(TransactItems=actions)
    except ClientError as error:
        raise _meaning(error) from error
    except UNANSWERED as error:
        raise Ambiguous(type(error).__name__) from error


def _meaning(error: ClientError) -> Exception:
    code = error.response["Error"]["Code"]
    answered = error.response.get("ResponseMetadata", {})
    if code == "TransactionCanceledException":
        reasons = error.response.get("CancellationReasons", [])
        parsed = [Reason(reason["Code"], cast(RawItem | None, reason.get("Item"))) for reason in reasons]
        return Cancelled(parsed, was_resent=answered.get("RetryAttempts", 0) > 0)
    if answered.get("HTTPStatusCode", 0) >= 500 or code == "TransactionInProgressException":
        return Ambiguous(code)
    if code in THROTTLED:
        return Ambiguous(code) if answered.get("RetryAttempts", 0) else Rejected(code)
    return error


def attempts(until: float | None = None) -> Iterator[int]:
    """Yield the numbers of attempts, bounded by count and deadline, with a random pause between any two.

    `until` is an earlier deadline, of `time.monotonic`, of a request that has waited in another way before.

    The first pause lets the other transaction end, for most conflicts are between two. Whoever meets others again waits
    long, but less the longer it has waited: pauses that grow instead let newcomers overtake it again and again.
    `docs/ledger.md` has the figures.
    """
    deadline = until if until is not None else time.monotonic() + DEADLINE_SECONDS
    yield 0
    for attempt in range(1, ATTEMPTS_MAX):
        left = deadline - time.monotonic()
        pause = random.uniform(0, FIRST_PAUSE_SECONDS_MAX if attempt == 1 else LATER_PAUSES_SHARE * left)
        if pause >= left:
            return
        time.sleep(pause)
        yield attempt


def until_committed(attempt: Callable[Params, ResultT]) -> Callable[Params, ResultT]:
    """Decorate a function that reads, decides and commits once: it is called again while its commit is Cancelled.

    Another writer was faster then, so the function reads and decides anew. Raises Contention when attempts ran out.
    """

    @wraps(attempt)
    def attempt_again(*args: Params.args, **kwargs: Params.kwargs) -> ResultT:
        for _ in attempts():
            try:
                return attempt(*args, **kwargs)
            except Cancelled:
                continue
        raise gave_up(ambiguous=False)

    return attempt_again


def gave_up(*, ambiguous: bool) -> Contention | OutcomeUnknown:
    """Return the error to raise when the attempts are used up."""
    count("WritesGivenUp", outcome="unknown" if ambiguous else "contention")
    if ambiguous:
        return OutcomeUnknown.from_lost_answer()
    return Contention(
        "Too many requests for the same items at the same time. Nothing was done; retry.", retry_after_seconds=1
    )


def commit(actions: Sequence[Action | Extra], request_id: str) -> None:
    """Commit actions, and send the same ones again on conflicts.

    Of conditions that failed the first one decides: raises the error of an Extra, or Cancelled for any other action.
    Raises Contention or OutcomeUnknown when attempts ran out. After a lost answer the same actions are sent again; when
    they are then refused because this very request had written them, all is well.
    """
    ambiguous = False
    plain = [one.action if isinstance(one, Extra) else one for one in actions]
    for _ in attempts():
        try:
            return write(plain)
        except Cancelled as cancelled:
            ambiguous = ambiguous or cancelled.was_resent
            if ambiguous and any(_is_ours(reason, request_id) for reason in cancelled.reasons):
                return None
            if not any(reason.is_conflict for reason in cancelled.reasons):
                raise _error_of(cancelled, actions) from cancelled
        except Rejected:
            continue
        except Ambiguous:
            ambiguous = True
    raise gave_up(ambiguous=ambiguous)


def commit_edits(decisive: Sequence[Action | Extra], edits: Sequence[Edit[Any]], request_id: str) -> None:
    """Commit actions and edits together. An edit that another writer has overtaken is made again, from what that left.

    Raises what `commit` does if a condition of `decisive` fails, what `write` of an edit raises, and Contention.
    """
    for _ in range(EDIT_ROUNDS_MAX):
        try:
            return commit([*decisive, *(edit.write(edit.found) for edit in edits)], request_id)
        except Cancelled as cancelled:
            if any(reason.is_condition for reason in cancelled.reasons[: len(decisive)]):
                raise
            for edit, reason in zip(edits, cancelled.reasons[len(decisive) :], strict=True):
                edit.found = reason.found(edit.kind) if reason.is_condition else edit.found
    raise gave_up(ambiguous=False)


def _error_of(cancelled: Cancelled, actions: Sequence[Action | Extra]) -> Exception:
    failed = next((one for one, reason in zip(actions, cancelled.reasons, strict=False) if reason.is_condition), None)
    return failed.error if isinstance(failed, Extra) else cancelled


def _is_ours(reason: Reason, request_id: str) -> bool:
    return reason.item is not None and reason.item.get("request_id") == {"S": request_id}
