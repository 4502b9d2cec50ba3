"""Monthly runs of statements: started by hand, and watched."""

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.scheduled_run_schemas import RunFailureView, StartRun
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.handlers.statements.run_schemas import StatementRunSummary, StatementRunView
from chalicelib.models.paging import Paging
from chalicelib.services.statements.run import RUNS


@describe(
    "Start a monthly run of statements",
    status=202,
    body=StartRun,
    answer=StatementRunView,
    problems=("contention", "outcome_unknown"),
)
def start_statement_run(request: Request[StartRun, None]) -> Answer:
    """The schedule does the same for the month before, when its interest is credited. Of a run that was completed,
    another attempt begins: what was made is not made again."""
    progress, replayed = RUNS.start(request.caller, request.body.period, request.idempotency_key)
    return Answer(StatementRunView.of(progress), replayed=replayed)


@describe(
    "Monthly runs of statements", query=PageQuery, answer=Listing[StatementRunSummary], problems=("invalid_cursor",)
)
def list_statement_runs(request: Request[None, PageQuery]) -> Listing[StatementRunSummary]:
    """The latest period first."""
    page = RUNS.all_of(Paging(request.query.limit, request.query.cursor))
    data = [StatementRunSummary.of(progress) for progress in page.items]
    return Listing[StatementRunSummary].page(data, page.next_cursor)


@describe("A monthly run of statements", answer=StatementRunView, problems=("not_found",))
def get_statement_run(request: Request[None, None], period: str) -> StatementRunView:
    """How far it is while it runs, then what it came to."""
    return StatementRunView.of(RUNS.get(period))


@describe(
    "Accounts whose statements a monthly run could not make",
    query=PageQuery,
    answer=Listing[RunFailureView],
    problems=("not_found", "invalid_cursor"),
)
def list_statement_failures(request: Request[None, PageQuery], period: str) -> Listing[RunFailureView]:
    """Of its latest attempt, by account."""
    page = RUNS.failures(period, Paging(request.query.limit, request.query.cursor))
    return Listing[RunFailureView].page([RunFailureView.of(failure) for failure in page.items], page.next_cursor)
