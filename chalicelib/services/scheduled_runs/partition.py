"""Processes a partition of a monthly run: account by account, by id, from where the last invocation stopped.

```
read the partition ─► next accounts ─► work on each ─► write progress, tally and failures together
        ▲                                                      │  (if the partition is as it was read)
        └──────────────────────────────────────────────────────┘
```
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from chalicelib import clock, config
from chalicelib.domain.errors import BankError, Unavailable
from chalicelib.domain.month import Month
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.everything import partitions
from chalicelib.models.scheduled_runs.run import RunPartition
from chalicelib.observability import logger
from chalicelib.services.scheduled_runs.steps import Steps

INFRASTRUCTURE = (Unavailable, BotoCoreError, ClientError, PynamoDBException)
"""Says nothing about an account: the invocation fails, and is repeated."""

REASON_LENGTH_MAX = 500

Json = dict[str, Any]
TallyT = TypeVar("TallyT")


@dataclass
class Page(Generic[TallyT]):
    """The result of a page of accounts.

    `cursor` is the last one; `trouble` is the error that stopped the page after it.
    """

    tally: TallyT
    cursor: str | None
    failures: list[tuple[str, str]] = field(default_factory=list)
    trouble: Exception | None = None

    def fail(self, account_id: str, error: Exception) -> None:
        """Record what is wrong with one account; the others are worked on."""
        logger.error("an account of a run has failed", account_id=account_id, exc_info=error)
        self.failures.append((account_id, reason(error)))


WorkOn = Callable[[RunPartition, list[str]], Page[Any]]
"""Works on accounts, each in its turn, until the time is up or the infrastructure fails."""


def work(
    steps: Steps[Any],
    asked: Json,
    caller: Caller,
    has_time: Callable[[], bool],
    work_on: WorkOn,
    *,
    at_once: int,
) -> Json:
    """Process accounts of a partition while there is time, at least one, so that every invocation makes progress.

    `asked` names period, attempt and partition. `at_once` is how many accounts are between two writes of progress: they
    are processed again if an invocation dies. Raises infrastructure errors, also for a clock behind the one that opened
    the run; the next invocation continues from the written progress.
    """
    period, attempt, number = asked["period"], asked["attempt"], asked["partition"]
    if not Month.parse(period).is_over(clock.now(), config.timezone()):
        raise RuntimeError(f"{period} is not over by the clock of this machine")
    part = _read(steps, period, attempt, number)
    while part.status != "done":
        _advance(steps, part, caller, work_on, at_once)
        part = _read(steps, period, attempt, number)
        if not has_time():
            break
    logger.info(f"partition of {steps.what}", partition=number, status=part.status, accounts=part.tally().accounts)
    return {"status": "done" if part.status == "done" else "more", "partition": number}


def reason(error: Exception) -> str:
    """Return the reason of a failure for staff, short enough for the item."""
    name = error.code if isinstance(error, BankError) else type(error).__name__
    return f"{name}: {error}"[:REASON_LENGTH_MAX]


def _read(steps: Steps[Any], period: str, attempt: int, number: int) -> RunPartition:
    part = steps.partition.find(*steps.partition.key(period, attempt, number))
    if part is None:
        raise LookupError(f"{steps.what} {period} has no partition {number} in attempt {attempt}")
    return part


def _advance(steps: Steps[Any], part: RunPartition, caller: Caller, work_on: WorkOn, at_once: int) -> None:
    """Process the next accounts and write the progress. If another invocation was faster, return its progress."""
    account_ids, is_last = partitions.customer_account_ids(part.number, part.cursor, at_once)
    page = work_on(part, account_ids)
    is_done = is_last and page.cursor == (account_ids[-1] if account_ids else part.cursor)
    at = timestamp(clock.now())
    failures = [steps.failure.of(part, account_id, told, caller, at) for account_id, told in page.failures]
    progress = part.advance(page.cursor, page.tally, caller, at, is_done=is_done)
    try:
        transact.commit([progress, *failures], caller.request_id)
    except transact.Cancelled:
        logger.info("the partition was taken further by another", partition=part.number)
    if page.trouble:
        raise page.trouble
