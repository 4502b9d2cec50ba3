"""Standing orders."""

from dataclasses import replace
from typing import Any

from chalicelib.domain.permissions import Caller
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.handlers.orders.order_parties import payee_of
from chalicelib.handlers.orders.order_schemas import (
    EditStandingOrder,
    ExecutionView,
    OrdersQuery,
    PreviewQuery,
    PreviewView,
    ResumeOrder,
    SkipPayment,
    StandingOrder,
    StandingOrderView,
    UpcomingView,
)
from chalicelib.handlers.payments.payee_schemas import PAYEE_FIELDS, DescribesPayee
from chalicelib.models.orders.order import Order
from chalicelib.models.paging import Paging
from chalicelib.services.customers import people
from chalicelib.services.orders import changes, executions, orders
from chalicelib.services.orders import terms as order_terms
from chalicelib.services.orders.terms import Terms

TERMS_PROBLEMS = (
    "conflict_of_interest",
    "not_found",
    "account_closed",
    "account_frozen",
    "currency_mismatch",
    "same_account",
    "pin_required",
    "pin_incorrect",
    "pin_locked",
    "conflict",
    "clearing_unavailable",
    "payee_mismatch",
    "verification_expired",
    "action_blocked",
    "no_approver",
    "contention",
    "outcome_unknown",
)
NO_TERMS = {*PAYEE_FIELDS, *DescribesPayee.model_fields, "frequency", "count", "pin"}
"""Fields of requests that are no terms by the same name."""
CHANGE_PROBLEMS = ("conflict_of_interest", "not_found", "conflict", "contention", "outcome_unknown")


def answer(order: Order, *, replayed: bool = False) -> Answer:
    """Respond with an order and its version as ETag, to send back as If-Match."""
    [shown] = people.decrypt_all([order])
    return Answer(StandingOrderView.of(shown), version=order.version, replayed=replayed)


@describe(
    "Make a standing order",
    status=201,
    body=StandingOrder,
    query=PreviewQuery,
    answer=StandingOrderView,
    problems=TERMS_PROBLEMS,
    action="standing_order",
    also=(200, "With `preview`: the first dates. Nothing is made", PreviewView),
)
def make_standing_order(request: Request[StandingOrder, PreviewQuery]) -> Answer:
    """Pays regularly from an account that you own or hold with the right to pay, to any account: of this bank, or by
    `to_iban` and `to_name`, or a saved payee, of another one. A payment to another bank goes out with the clearing's
    standard cycle of its day, and its occurrence is `executed`. An order that could never pay is refused. If the
    account has a PIN, you must send it; with `EMAIL_VERIFICATION=on` your e-mail address must be verified. Limits,
    funds and risk are asked when each payment is made. With `preview` the dates are only listed. A customer's accounts
    can have 100 open orders.
    """
    body = request.body
    payee = payee_of(request.caller, body)
    given = body.model_dump(exclude=NO_TERMS)
    terms = Terms(**given, **body.frequency.terms(), **payee.terms(), times=body.count)
    if payee.account_id and body.memo is None:
        terms = replace(terms, memo=body.remittance)
    if request.query.preview is not None:
        return _preview(request.caller, terms, request.query.preview)
    key = request.idempotency_key
    order, replayed = orders.make(request.caller, key, "standing_order", terms, body.pin, payee=payee)
    return answer(order, replayed=replayed)


@describe(
    "List standing orders",
    query=OrdersQuery,
    answer=Listing[StandingOrderView],
    problems=("forbidden", "not_found", "invalid_cursor"),
)
def list_standing_orders(request: Request[None, OrdersQuery]) -> Listing[StandingOrderView]:
    """Lists the standing orders of your accounts: open ones first, the last made first. With `account_id` those of one
    account, also of one from which you may pay as a joint holder. Staff and auditors must send `account_id` or
    `customer_id`. A page may be short although there is another one.
    """
    query = request.query
    found = orders.page(
        request.caller,
        "standing_order",
        Paging(query.limit, query.cursor),
        account_id=query.account_id,
        customer_id=query.customer_id,
        status=query.status,
    )
    views = [StandingOrderView.of(one) for one in people.decrypt_all(found.items)]
    return Listing[StandingOrderView].page(views, found.next_cursor)


@describe("Get a standing order", answer=StandingOrderView, problems=("not_found",), versioned="the order")
def get_standing_order(request: Request[None, None], order_id: str) -> Answer:
    """Returns the order with its next payments."""
    return answer(orders.get(request.caller, order_id, "standing_order"))


@describe(
    "Edit a standing order",
    body=EditStandingOrder,
    answer=StandingOrderView,
    problems=TERMS_PROBLEMS,
    action="standing_order",
    versioned="the order",
)
def edit_standing_order(request: Request[EditStandingOrder, Any], order_id: str) -> Answer:
    """Holds from the next payment on. You become its maker. Other dates need a `start` to come, from which count and
    dates begin anew. A payee at another bank is named whole: with its name, and the remittance that stays.
    """
    body = request.body
    given = body.model_dump(exclude_unset=True, exclude=NO_TERMS)
    if "count" in body.model_fields_set:
        given["times"] = body.count
    given |= {"end": None} if body.count else {"times": None} if body.end else {}
    if body.frequency:
        given |= body.frequency.terms()
    payee = payee_of(request.caller, body) if body.payee() else None
    return answer(changes.edit(request.caller, order_id, given, body.pin, payee, request.if_match))


@describe("End a standing order", answer=StandingOrderView, problems=CHANGE_PROBLEMS, versioned="the order")
def end_standing_order(request: Request[None, None], order_id: str) -> Answer:
    """Pays nothing more: the order is `cancelled`. What it has paid stays."""
    return answer(changes.cancel(request.caller, order_id, "standing_order", request.if_match))


@describe("Suspend a standing order", answer=StandingOrderView, problems=CHANGE_PROBLEMS, versioned="the order")
def suspend_standing_order(request: Request[None, None], order_id: str) -> Answer:
    """Pays nothing until you resume it. Suspending it again changes nothing."""
    order, replayed = changes.suspend(request.caller, order_id, request.idempotency_key, request.if_match)
    return answer(order, replayed=replayed)


@describe(
    "Resume a standing order",
    body=ResumeOrder,
    answer=StandingOrderView,
    problems=TERMS_PROBLEMS,
    versioned="the order",
)
def resume_standing_order(request: Request[ResumeOrder, None], order_id: str) -> Answer:
    """Pays again, from the next date on. What was due meanwhile is not paid. You become its maker: if another person
    made it, the PIN is asked.
    """
    key, pin = request.idempotency_key, request.body.pin
    order, replayed = changes.resume(request.caller, order_id, pin, key, request.if_match)
    return answer(order, replayed=replayed)


@describe("Skip a payment", body=SkipPayment, answer=StandingOrderView, problems=CHANGE_PROBLEMS, versioned="the order")
def skip_standing_order(request: Request[SkipPayment, None], order_id: str) -> Answer:
    """Leaves out the next payment. Send its `date`, so that asking again does not leave out another."""
    key, day = request.idempotency_key, request.body.date
    order, replayed = changes.skip(request.caller, order_id, day, key, request.if_match)
    return answer(order, replayed=replayed)


@describe(
    "List a standing order's payments",
    query=PageQuery,
    answer=Listing[ExecutionView],
    problems=("not_found", "invalid_cursor"),
)
def list_executions(request: Request[None, PageQuery], order_id: str) -> Listing[ExecutionView]:
    """Lists what became of each date, the latest first. The first page begins with the next payments."""
    query = request.query
    found = executions.page(request.caller, order_id, Paging(query.limit, query.cursor))
    return Listing[ExecutionView].page([ExecutionView.of(one) for one in found.items], found.next_cursor)


def _preview(caller: Caller, terms: Terms, count: int) -> Answer:
    checked = order_terms.check(caller, terms)
    currency = str(checked.payer.currency)
    dates = [UpcomingView.of(one, currency) for one in executions.preview(checked, count)]
    return Answer(PreviewView(currency=currency, dates=dates), 200)
