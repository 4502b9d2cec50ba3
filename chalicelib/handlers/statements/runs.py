"""Monthly runs of statements: started by hand, and watched."""

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.scheduled_run_schemas import RunFailureView, StartRun
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.handlers.statements.run_schemas import StatementRunSummary, StatementRunView
from chalicelib.models.paging import Paging
from chalicelib.services.statements.run import RUNS


@describe(
    "Start a statement run",
    status=202,
    body=StartRun,
    answer=StatementRunView,
    problems=("contention", "outcome_unknown"),
    limit="runs",
)
def start_statement_run(request: Request[StartRun, None]) -> Answer:
    """Makes the statements of a month. The schedule starts a run for each month when its interest is credited.
    Starting a completed run again begins another attempt, which skips existing statements.
    """
    progress, replayed = RUNS.start(request.caller, request.body.period, request.idempotency_key)
    return Answer(StatementRunView.of(progress), replayed=replayed)


@describe("List statement runs", query=PageQuery, answer=Listing[StatementRunSummary], problems=("invalid_cursor",))
def list_statement_runs(request: Request[None, PageQuery]) -> Listing[StatementRunSummary]:
    """Lists statement runs, latest period first."""
    page = RUNS.all_of(Paging(request.query.limit, request.query.cursor))
    data = [StatementRunSummary.of(progress) for progress in page.items]
    return Listing[StatementRunSummary].page(data, page.next_cursor)


@describe("Get a statement run", answer=StatementRunView, problems=("not_found",))
def get_statement_run(request: Request[None, None], period: str) -> StatementRunView:
    """Returns the progress of a running run, or the totals of a completed one."""
    return StatementRunView.of(RUNS.get(period))


@describe(
    "List a statement run's failures",
    query=PageQuery,
    answer=Listing[RunFailureView],
    problems=("not_found", "invalid_cursor"),
)
def list_statement_failures(request: Request[None, PageQuery], period: str) -> Listing[RunFailureView]:
    """Lists the accounts without a statement in the latest attempt, by account."""
    page = RUNS.failures(period, Paging(request.query.limit, request.query.cursor))
    return Listing[RunFailureView].page([RunFailureView.of(failure) for failure in page.items], page.next_cursor)
