"""Asking for a monthly run, and what is known of runs."""

import json
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import aws, config
from chalicelib.domain.chain import digest
from chalicelib.domain.errors import NotFound, OutcomeUnknown
from chalicelib.domain.idempotency import Claim
from chalicelib.domain.interest_tally import Tally, total
from chalicelib.domain.month import Month
from chalicelib.domain.permissions import Caller
from chalicelib.models.account import SHARDS
from chalicelib.models.interest_run import ALL_RUNS, InterestFailure, InterestPartition, InterestRun
from chalicelib.models.item import BankItem
from chalicelib.models.paging import Page, Paging, query_page
from chalicelib.models.snapshot import batch_get
from chalicelib.observability import logger
from chalicelib.services import interest_run_steps

FAILURES_SHOWN_MAX = 100


@dataclass(frozen=True)
class Progress:
    """A run with what it has come to so far: its partitions that are done, and the first of its failures."""

    run: InterestRun
    tally: Tally
    partitions_done: int
    partitions: int
    failures: tuple[InterestFailure, ...]


def start(caller: Caller, period: str, claim: Claim | None) -> tuple[Progress, bool]:
    """Open the run for a period and have it worked on; whether the claim had done so before.

    Whoever asks again joins in: two executions of one run are safe. Raises ValidationFailed for a month that is not
    over, OutcomeUnknown when Step Functions does not answer.
    """
    run, replayed = interest_run_steps.open_for(period, caller, claim)
    if run.status == "running":
        _execute(run, claim.transaction_id if claim else digest([caller.request_id])[:26])
    return _progress(run), replayed


def get(period: str) -> Progress:
    """A run with the first of its failures. Raises NotFound where there is none, also for what is no month."""
    return _progress(_found(period))


def failures(period: str, paging: Paging) -> Page[InterestFailure]:
    """Every account that the run's latest attempt could not pay, by id. Raises NotFound as `get` does."""
    run = _found(period)
    return InterestFailure.page_of(run.period, run.attempt, paging)


def all_of(paging: Paging) -> Page[Progress]:
    """Runs by period, the latest first, without their failures."""
    page = query_page(BankItem, ALL_RUNS, limit=paging.limit, cursor=paging.cursor, index="gsi1")
    found = {run.pk: run for run in batch_get((item.pk, item.sk) for item in page.items)}
    runs = [found[item.pk] for item in page.items if item.pk in found]
    return Page([_progress(run, with_failures=False) for run in runs if isinstance(run, InterestRun)], page.next_cursor)


def _progress(run: InterestRun, *, with_failures: bool = True) -> Progress:
    """While it runs, the sum of its partitions; afterwards, what was added up in the end."""
    tally, done = run.tally(), SHARDS
    if run.status == "running":
        parts = InterestPartition.all_of(run.period, run.attempt)
        tally, done = total(part.tally() for part in parts), sum(part.status == "done" for part in parts)
    failures = (
        InterestFailure.page_of(run.period, run.attempt, Paging(FAILURES_SHOWN_MAX, None)).items
        if with_failures and tally.failed
        else ()
    )
    return Progress(run, tally, done, SHARDS, tuple(failures))


def _found(period: str) -> InterestRun:
    try:
        run = InterestRun.by_period(str(Month.parse(period)))
    except ValueError:
        run = None
    if run is None:
        raise NotFound(f"There is no interest run {period[:64]}.")
    return run


def _execute(run: InterestRun, name: str) -> None:
    """Start the state machine. The execution is named by the request, so that a repeated request starts no second."""
    client = aws.client("stepfunctions")
    try:
        client.start_execution(
            stateMachineArn=config.interest_state_machine_arn(),
            name=f"{run.period}-{run.attempt}-{name}",
            input=json.dumps({"period": run.period, "attempt": run.attempt}),
        )
    except (BotoCoreError, ClientError) as error:
        if isinstance(error, ClientError) and error.response["Error"]["Code"] == "ExecutionAlreadyExists":
            return
        logger.warning("interest run was opened, but not started", period=run.period, error=type(error).__name__)
        raise OutcomeUnknown(
            f"The run for {run.period} is open, but it is not known whether work on it has begun. Repeat the request.",
            retry_after_seconds=2,
        ) from error
