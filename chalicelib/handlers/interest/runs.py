"""Monthly runs of interest: started by hand, and watched."""

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.scheduled_run_schemas import RunFailureView, StartRun
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.handlers.interest.run_schemas import RunSummary, RunView
from chalicelib.models.paging import Paging
from chalicelib.services.interest.run import RUNS


@describe(
    "Start an interest run",
    status=202,
    body=StartRun,
    answer=RunView,
    problems=("contention", "outcome_unknown"),
    limit="runs",
)
def start_run(request: Request[StartRun, None]) -> Answer:
    """Credits a month's interest to every account. The schedule starts a run for each month. Starting a completed
    run again begins another attempt; an account is never paid twice.
    """
    progress, replayed = RUNS.start(request.caller, request.body.period, request.idempotency_key)
    return Answer(RunView.of(progress), replayed=replayed)


@describe("List interest runs", query=PageQuery, answer=Listing[RunSummary], problems=("invalid_cursor",))
def list_runs(request: Request[None, PageQuery]) -> Listing[RunSummary]:
    """Lists interest runs, latest period first."""
    page = RUNS.all_of(Paging(request.query.limit, request.query.cursor))
    return Listing[RunSummary].page([RunSummary.of(progress) for progress in page.items], page.next_cursor)


@describe("Get an interest run", answer=RunView, problems=("not_found",))
def get_run(request: Request[None, None], period: str) -> RunView:
    """Returns the progress of a running run, or the totals of a completed one."""
    return RunView.of(RUNS.get(period))


@describe(
    "List an interest run's failures",
    query=PageQuery,
    answer=Listing[RunFailureView],
    problems=("not_found", "invalid_cursor"),
)
def list_failures(request: Request[None, PageQuery], period: str) -> Listing[RunFailureView]:
    """Lists the accounts that were not paid in the latest attempt, by account."""
    page = RUNS.failures(period, Paging(request.query.limit, request.query.cursor))
    return Listing[RunFailureView].page([RunFailureView.of(failure) for failure in page.items], page.next_cursor)
