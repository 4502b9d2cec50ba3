"""Starts scheduled runs, and reads their progress."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chalicelib import workflows
from chalicelib.domain import errors
from chalicelib.domain.ledger.hash_chain import digest
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.account import SHARDS
from chalicelib.models.paging import Page, Paging
from chalicelib.models.scheduled_runs.run import Run, RunFailure
from chalicelib.services.scheduled_runs.steps import Steps

FAILURES_SHOWN_MAX = 100


@dataclass(frozen=True)
class Progress:
    """A run with what it has come to so far: its partitions that are done, and the first of its failures."""

    run: Run
    tally: Any
    partitions_done: int
    partitions: int
    failures: tuple[RunFailure, ...]


@dataclass(frozen=True)
class Runs:
    """The runs of one kind."""

    steps: Steps[Any]

    def get(self, period: str) -> Progress:
        """Read a run with the first of its failures. Raises NotFound, also for a malformed period."""
        return self._progress(self._find(period))

    def failures(self, period: str, paging: Paging) -> Page[RunFailure]:
        """List everything that failed, in the order of the run's list. Raises NotFound as `get` does."""
        return self.steps.failure.page_of(self._find(period), paging)

    def all_of(self, paging: Paging) -> Page[Progress]:
        """List runs by period, the latest first, without their failures."""
        page = self.steps.run.page_of_all(paging)
        return Page([self._progress(run, with_failures=False) for run in page.items], page.next_cursor)

    def _progress(self, run: Run, *, with_failures: bool = True) -> Progress:
        """Return the progress: of a running run the sum of its partitions, afterwards the stored totals."""
        tally, done = run.tally(), SHARDS
        if run.status == "running":
            parts = self.steps.partition.all_of(run.period, run.attempt)
            tally, done = run.overall(self.steps.total(parts)), sum(part.status == "done" for part in parts)
        first = Paging(FAILURES_SHOWN_MAX, None)
        failures = (
            self.steps.failure.page_of(run, first).items if with_failures and (tally.failed or tally.errors) else ()
        )
        return Progress(run, tally, done, SHARDS, tuple(failures))

    def _find(self, period: str) -> Run:
        try:
            run: Run | None = self.steps.run.by_period(self.steps.periods.parse(period))
        except ValueError:
            run = None
        if run is None:
            raise errors.unknown(self.steps.what, period)
        return run


@dataclass(frozen=True)
class RunsOnRequest(Runs):
    """Runs that people may start, too, and the state machine that works on them."""

    state_machine_arn: Callable[[], str]

    def start(self, caller: Caller, period: str, idempotency_key: IdempotencyKey | None) -> tuple[Progress, bool]:
        """Open the run for a period and have it worked on; return whether an earlier request under the key did so.

        Whoever asks again joins in: two executions of one run are safe. Raises ValidationFailed for a period whose
        time has not come, OutcomeUnknown when Step Functions does not answer.
        """
        run, replayed = self.steps.open_for(period, caller, idempotency_key)
        if run.status == "running":
            self._execute(run, idempotency_key.transaction_id if idempotency_key else digest([caller.request_id])[:26])
        return self._progress(run), replayed

    def _execute(self, run: Run, name: str) -> None:
        """Start the state machine. The execution is named by the request: a repeated request starts no second."""
        workflows.start(
            self.state_machine_arn(),
            f"{run.period}-{run.attempt}-{name}",
            {"period": run.period, "attempt": run.attempt},
            detail=f"The run for {run.period} is open, but it is not known whether work on it has begun. Repeat the"
            " request.",
        )
