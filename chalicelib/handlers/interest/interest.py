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
    """Returns the current rate of each account type, and the next one if it is set."""
    return Listing[InterestRateView].page([InterestRateView.of(rate) for rate in rates.rates()], None)


@describe("Get an interest rate", answer=InterestRateView, problems=("not_found",), versioned="the rate")
def get_rate(request: Request[None, None], account_type: str) -> Answer:
    """Returns the rate of one account type, without the cache."""
    rate = rates.get(account_type)
    return Answer(InterestRateView.of(rate), version=rate.number)


@describe(
    "Set an interest rate",
    body=PutInterestRate,
    answer=RateChangeView,
    problems=("not_found", "mfa_step_up_required", "clock_skew", "contention"),
    action="interest_rate",
    versioned="the rate",
)
def put_rate(request: Request[PutInterestRate, None], account_type: str) -> Answer:
    """Sets the rate from today or a later date. Nothing before that date changes. If two rates are set for the same
    date, the one set later applies.
    """
    body = request.body
    rate, number = rates.put(request.caller, account_type, body.annual_rate, body.effective_from, request.if_match)
    return Answer(RateChangeView.of(rate), version=number)


@describe(
    "List an interest rate's history",
    query=PageQuery,
    answer=Listing[RateChangeView],
    problems=("invalid_cursor", "not_found"),
)
def list_rate_history(request: Request[None, PageQuery], account_type: str) -> Listing[RateChangeView]:
    """Lists rates with the latest date first; for the same date, the last one set first."""
    page = rates.history(account_type, Paging(request.query.limit, request.query.cursor))
    return Listing[RateChangeView].page([RateChangeView.of(rate) for rate in page.items], page.next_cursor)


@describe("Get pending interest", answer=InterestView, problems=("not_found",), limit="interest")
def get_interest(request: Request[None, None], account_id: str) -> InterestView:
    """Returns the interest earned since the last credit, up to yesterday, with the rates that applied."""
    account = accounts.get(request.caller, account_id)
    return InterestView.of(account, credit.pending(account))


@describe(
    "Credit interest now",
    status=201,
    answer=CreditedView,
    key="required",
    problems=(
        "conflict_of_interest",
        "not_found",
        "conflict",
        "account_closed",
        "clock_skew",
        "contention",
        "outcome_unknown",
    ),
)
def apply_interest(request: Request[None, None], account_id: str) -> Answer:
    """Credits interest up to yesterday, each day once. Returns 409 if every day has been paid. A frozen account
    receives interest too.
    """
    credited = credit.credit_by_hand(request.caller, account_id, request.required_idempotency_key)
    return Answer(CreditedView.of(credited, request.caller), replayed=credited.replayed)
