"""Scheduled runs over all accounts or orders, as the states of their state machine do them: open, work on each
partition, close.

What goes out is JSON with a `status` that a Choice can read:

- open    `opened`, with what to work on; `not_due`; or `rejected`: the period is none, or its time has
          not come
- work    `done`, or `more`: another invocation goes on from there (`services/scheduled_runs/partition.py`)
- close   `completed`, or `superseded` by a later attempt

Every step may be repeated, by several at once: a run is opened under conditions, and a partition's progress moves only
from where it was read. That nothing is done twice to an account or an order is the affair of what is done to it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

from chalicelib import aws, clock, config
from chalicelib.domain import errors
from chalicelib.domain.errors import ValidationFailed
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import moment, timestamp
from chalicelib.models import transact
from chalicelib.models.accounts.account import SHARDS
from chalicelib.models.everything import partitions
from chalicelib.models.item import Action
from chalicelib.models.scheduled_runs.run import Run, RunFailure, RunPartition
from chalicelib.observability import count, logger
from chalicelib.services import idempotency
from chalicelib.services.scheduled_runs.periods import Periods

Json = dict[str, Any]
RunT = TypeVar("RunT", bound=Run)

STALLED_AFTER = timedelta(minutes=15)
"""The schedule takes up a run of which nothing was heard for so long: no invocation lasts longer."""


def next_accounts(part: RunPartition, limit: int) -> tuple[list[str], bool]:
    """Return the ids of a partition's next customers' accounts, and whether they are the last."""
    return partitions.customer_account_ids(part.number, part.cursor, limit)


@dataclass(frozen=True)
class Steps(Generic[RunT]):
    """The steps of one kind of run.

    `what` it is called in sentences; `periods` are what its runs are for; `workers` is how many partitions are worked
    on at once, `is_ready` whether the run of a period may begin by schedule; `failures` names the metric that counts
    what could not be worked on. `next_page` lists what comes after a partition's cursor, so many at most, and says
    whether nothing follows. Each listed text is a cursor.
    """

    run: type[RunT]
    partition: type[RunPartition]
    failure: type[RunFailure]
    what: str
    periods: Periods
    failures: str
    workers: Callable[[], int]
    is_ready: Callable[[str], bool] = lambda _: True
    next_page: Callable[[RunPartition, int], tuple[list[str], bool]] = next_accounts

    def open_due(self, caller: Caller) -> Json:
        """Open the due run for the schedule, or resume one that has stopped, also of the period before.

        An execution whose opening had no response resumes its own run when it asks again.
        """
        due = self.periods.latest_due(clock.now(), config.timezone())
        run = self.run.by_period(due)
        if self._is_to_begin(due, run):
            return self._opening(self.open_for(due, caller, None)[0])
        for existing in (run, self.run.by_period(self.periods.before(due))):
            if existing and existing.status == "running" and self._may_resume(existing, caller):
                return self._opening(existing)
        return {"status": "not_due", "period": due}

    def open_asked(self, period: str, attempt: int | None, caller: Caller) -> Json:
        """Open the run of a named period. With an attempt, work on that one only."""
        if attempt is None:
            try:
                return self._opening(self.open_for(period, caller, None)[0])
            except ValidationFailed as refused:
                return {"status": "rejected", "period": period, "detail": refused.detail}
        run = self.run.by_period(period)
        if run is None or (run.attempt, run.status) != (attempt, "running"):
            return {"status": "not_due", "period": period}
        return self._opening(run)

    @transact.until_committed
    def open_for(self, period: str, caller: Caller, idempotency_key: IdempotencyKey | None) -> tuple[RunT, bool]:
        """Return the run for a period, and whether an earlier request under the key opened it.

        The run is opened, begun again if it was completed, or returned as it is if it is running. Raises
        ValidationFailed for a malformed period, or one whose time has not come.
        """
        self._require_due(period)
        if idempotency.find_earlier(idempotency_key):
            return self.existing(period), True
        at = timestamp(clock.now())
        actions = self._beginning(period, caller, at)
        replayed = False
        if idempotency_key or actions:
            _, replayed = idempotency.commit_once(caller, idempotency_key, period, actions, at)
        with aws.unknown_outcome_on_error():
            return self.existing(period), replayed

    def existing(self, period: str) -> RunT:
        """Read a run. Raises NotFound."""
        run = self.run.by_period(period)
        if run is None:
            raise errors.unknown(self.what, period)
        return run

    @transact.until_committed
    def close(self, period: str, attempt: int, caller: Caller) -> Json:
        """Add up what the partitions came to. Raises RuntimeError while one of them is not done."""
        run = self.run.by_period(period)
        if run is None or run.attempt != attempt:
            return {"status": "superseded", "period": period}
        if run.status == "completed":
            return {"status": "completed", "period": period, "attempt": attempt}
        parts = self.partition.all_of(period, attempt)
        if len(parts) < SHARDS or any(part.status != "done" for part in parts):
            raise RuntimeError(f"{self.what} {period}, attempt {attempt}: a partition is not done")
        tally = self.total(parts)
        transact.commit([run.end(tally, caller, timestamp(clock.now()))], caller.request_id)
        logger.info(f"{self.what} completed", period=period, attempt=attempt, accounts=tally.accounts)
        count(self.failures, tally.errors)
        return {"status": "completed", "period": period, "attempt": attempt}

    def total(self, parts: list[RunPartition]) -> Any:
        """Return the sum of the partitions' tallies."""
        return sum((part.tally() for part in parts), self.run.TALLY())

    def _is_to_begin(self, period: str, run: RunT | None) -> bool:
        """Return whether the schedule begins the run of a due period, for the first time or again."""
        if run is None:
            return self.is_ready(period)
        is_over = run.status == "completed"
        return is_over and self.periods.is_due_again(period, moment(run.started_at), clock.now(), config.timezone())

    def _may_resume(self, run: RunT, caller: Caller) -> bool:
        """Return whether this execution has opened the run, or no item of it was written lately."""
        if run.request_id == caller.request_id:
            return True
        parts = self.partition.all_of(run.period, run.attempt)
        last = max(str(updated_at) for updated_at in (run.updated_at, *(part.updated_at for part in parts)))
        return moment(last) <= clock.now() - STALLED_AFTER

    def _beginning(self, period: str, caller: Caller, at: str) -> list[Action]:
        """Return the actions that begin a new attempt with all its partitions, unless one is running."""
        run = self.run.by_period(period)
        if run and run.status == "running":
            return []
        attempt = run.attempt + 1 if run else 1
        begun = run.again(caller, at) if run else self.run.begin(period, caller, at)
        return [begun, *(self.partition.begin(period, attempt, number, caller, at) for number in range(SHARDS))]

    def _opening(self, run: RunT) -> Json:
        return {
            "status": "opened",
            "period": run.period,
            "attempt": run.attempt,
            "partitions": list(range(SHARDS)),
            "workers": self.workers(),
        }

    def _require_due(self, period: str) -> None:
        try:
            refusal = self.periods.refusal(self.periods.parse(period), clock.now(), config.timezone())
        except ValueError as error:
            refusal = str(error)
        if refusal:
            raise ValidationFailed.of("period", refusal)
