"""Monthly runs of interest: started by hand, and watched."""

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.scheduled_run_schemas import RunFailureView, StartRun
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.handlers.interest.run_schemas import RunSummary, RunView
from chalicelib.models.paging import Paging
from chalicelib.services.interest.run import RUNS


@describe(
    "Start a monthly run",
    status=202,
    body=StartRun,
    answer=RunView,
    problems=("contention", "outcome_unknown"),
)
def start_run(request: Request[StartRun, None]) -> Answer:
    """The schedule does the same for the month before. Of a run that was completed, another attempt begins: whoever was
    paid is not paid again."""
    progress, replayed = RUNS.start(request.caller, request.body.period, request.idempotency_key)
    return Answer(RunView.of(progress), replayed=replayed)


@describe("Monthly runs", query=PageQuery, answer=Listing[RunSummary], problems=("invalid_cursor",))
def list_runs(request: Request[None, PageQuery]) -> Listing[RunSummary]:
    """The latest period first."""
    page = RUNS.all_of(Paging(request.query.limit, request.query.cursor))
    return Listing[RunSummary].page([RunSummary.of(progress) for progress in page.items], page.next_cursor)


@describe("A monthly run", answer=RunView, problems=("not_found",))
def get_run(request: Request[None, None], period: str) -> RunView:
    """How far it is while it runs, then what it came to."""
    return RunView.of(RUNS.get(period))


@describe(
    "Accounts that a monthly run could not pay",
    query=PageQuery,
    answer=Listing[RunFailureView],
    problems=("not_found", "invalid_cursor"),
)
def list_failures(request: Request[None, PageQuery], period: str) -> Listing[RunFailureView]:
    """Of its latest attempt, by account."""
    page = RUNS.failures(period, Paging(request.query.limit, request.query.cursor))
    return Listing[RunFailureView].page([RunFailureView.of(failure) for failure in page.items], page.next_cursor)
