"""Daily runs of orders, watched by staff."""

from chalicelib.handlers.http.operation import describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.handlers.orders.run_schemas import OrderRunFailureView, OrderRunSummary, OrderRunView
from chalicelib.models.paging import Paging
from chalicelib.services.orders.run import RUNS


@describe("List standing order runs", query=PageQuery, answer=Listing[OrderRunSummary], problems=("invalid_cursor",))
def list_order_runs(request: Request[None, PageQuery]) -> Listing[OrderRunSummary]:
    """Lists the runs that pay standing orders and payments on a date, latest day first."""
    page = RUNS.all_of(Paging(request.query.limit, request.query.cursor))
    data = [OrderRunSummary.of(progress) for progress in page.items]
    return Listing[OrderRunSummary].page(data, page.next_cursor)


@describe("Get a standing order run", answer=OrderRunView, problems=("not_found",))
def get_order_run(request: Request[None, None], date: str) -> OrderRunView:
    """Returns the progress of a running run, or the totals of a completed one."""
    return OrderRunView.of(RUNS.get(date))


@describe(
    "List a standing order run's failures",
    query=PageQuery,
    answer=Listing[OrderRunFailureView],
    problems=("not_found", "invalid_cursor"),
)
def list_order_run_failures(request: Request[None, PageQuery], date: str) -> Listing[OrderRunFailureView]:
    """Lists what was refused for good and what could not be worked on that day."""
    page = RUNS.failures(date, Paging(request.query.limit, request.query.cursor))
    data = [OrderRunFailureView.of(failure) for failure in page.items]
    return Listing[OrderRunFailureView].page(data, page.next_cursor)
