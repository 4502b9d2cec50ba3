"""Interest: the rates, what accounts have earned, and crediting it."""

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.handlers.interest.interest_schemas import (
    CreditedView,
    InterestRateView,
    InterestView,
    PutInterestRate,
    RateChangeView,
)
from chalicelib.models.paging import Paging
from chalicelib.services.accounts import accounts
from chalicelib.services.interest import credit, rates


@describe("List interest rates", answer=Listing[InterestRateView], cache_scope="private")
def list_rates(request: Request[None, None]) -> Listing[InterestRateView]:
    """Of each type of account: the rate today, and the one that will take its place."""
    return Listing[InterestRateView].page([InterestRateView.of(rate) for rate in rates.rates()], None)


@describe("Set an interest rate", body=PutInterestRate, answer=RateChangeView, problems=("not_found", "contention"))
def put_rate(request: Request[PutInterestRate, None], account_type: str) -> RateChangeView:
    """From a day on, today or later; nothing changes before it. Of two rates for one day the one set later holds."""
    body = request.body
    return RateChangeView.of(rates.put(request.caller, account_type, body.annual_rate, body.effective_from))


@describe(
    "History of an interest rate",
    query=PageQuery,
    answer=Listing[RateChangeView],
    problems=("invalid_cursor", "not_found"),
)
def list_rate_history(request: Request[None, PageQuery], account_type: str) -> Listing[RateChangeView]:
    """The latest day first; of one day, what was set last."""
    page = rates.history(account_type, Paging(request.query.limit, request.query.cursor))
    return Listing[RateChangeView].page([RateChangeView.of(rate) for rate in page.items], page.next_cursor)


@describe("Pending interest of an account", answer=InterestView, problems=("not_found",))
def get_interest(request: Request[None, None], account_id: str) -> InterestView:
    """What the days since the last credit, up to yesterday, have earned, and at which rates."""
    account = accounts.get(request.caller, account_id)
    return InterestView.of(account, credit.pending(account))


@describe(
    "Credit interest now",
    status=201,
    answer=CreditedView,
    key="required",
    problems=("not_found", "conflict", "account_closed", "contention", "outcome_unknown"),
)
def apply_interest(request: Request[None, None], account_id: str) -> Answer:
    """Up to yesterday, each day once: 409 when every day is paid. A frozen account receives its interest too."""
    credited = credit.credit_by_hand(request.caller, account_id, request.paid_claim)
    return Answer(CreditedView.of(credited, request.caller), replayed=credited.replayed)
