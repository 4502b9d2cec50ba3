"""Payments on a date. `POST /v1/transactions/transfer` makes them."""

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing
from chalicelib.handlers.orders.scheduled_payment_schemas import ScheduledPaymentsQuery, ScheduledPaymentView
from chalicelib.models.orders.order import Order
from chalicelib.models.paging import Paging
from chalicelib.services.orders import changes, executions, orders


def answer(order: Order) -> Answer:
    """Respond with a payment and its version as ETag, to send back as If-Match."""
    return Answer(ScheduledPaymentView.of(executions.outcome_of(order)), version=order.version)


@describe(
    "List payments on a date",
    query=ScheduledPaymentsQuery,
    answer=Listing[ScheduledPaymentView],
    problems=("forbidden", "not_found", "invalid_cursor"),
)
def list_scheduled_payments(request: Request[None, ScheduledPaymentsQuery]) -> Listing[ScheduledPaymentView]:
    """Lists the payments on a date from your accounts: those to come first, the last made first. With `account_id`
    those of one account, also of one from which you may pay as a joint holder. Staff and auditors must send
    `account_id` or `customer_id`. A page may be short although there is another one.
    """
    query = request.query
    paging = Paging(query.limit, query.cursor)
    found = orders.page(
        request.caller, "scheduled_payment", paging, account_id=query.account_id, customer_id=query.customer_id
    )
    views = [ScheduledPaymentView.of(one) for one in executions.outcomes_of(found.items)]
    return Listing[ScheduledPaymentView].page(views, found.next_cursor)


@describe("Get a payment on a date", answer=ScheduledPaymentView, problems=("not_found",), versioned="the payment")
def get_scheduled_payment(request: Request[None, None], payment_id: str) -> Answer:
    """Returns the payment and what became of it."""
    return answer(orders.get(request.caller, payment_id, "scheduled_payment"))


@describe(
    "Cancel a payment on a date",
    answer=ScheduledPaymentView,
    problems=("conflict_of_interest", "not_found", "conflict", "contention", "outcome_unknown"),
    versioned="the payment",
)
def cancel_scheduled_payment(request: Request[None, None], payment_id: str) -> Answer:
    """Cancels the payment, unless it is made or has failed. Cancelling it again changes nothing."""
    return answer(changes.cancel(request.caller, payment_id, "scheduled_payment", request.if_match))
