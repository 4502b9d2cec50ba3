"""Staff at the clearing: payments to other banks by state, cycles, inquiries, and messages sent again."""

from chalicelib.handlers.clearing.clearing_schemas import (
    ClearingPaymentsQuery,
    ClearingPaymentView,
    CycleView,
    EndPayment,
    ForwardReturn,
)
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.models.paging import Paging
from chalicelib.services.clearing import desk, hand_decisions, returned_money

ASKING_PROBLEMS = (
    "conflict_of_interest",
    "not_found",
    "conflict",
    "too_many_attempts",
    "contention",
    "outcome_unknown",
)
ENDING_PROBLEMS = tuple(code for code in ASKING_PROBLEMS if code != "too_many_attempts")


@describe(
    "List payments at the clearing",
    query=ClearingPaymentsQuery,
    answer=Listing[ClearingPaymentView],
    problems=("invalid_cursor",),
)
def list_clearing_payments(request: Request[None, ClearingPaymentsQuery]) -> Listing[ClearingPaymentView]:
    """Lists payments to other banks in a state, in several parts, in each part those that are due the longest first.
    A page may be short while `has_more` is true. Payees are not named.
    """
    asked = request.query
    page = desk.page(asked.state, asked.rails(), Paging(asked.limit, asked.cursor))
    return Listing[ClearingPaymentView].page([ClearingPaymentView.of(one) for one in page.items], page.next_cursor)


@describe("List cycles of the clearing", query=PageQuery, answer=Listing[CycleView], problems=("invalid_cursor",))
def list_clearing_cycles(request: Request[None, PageQuery]) -> Listing[CycleView]:
    """Lists the cycles, the newest first. Instant payments go alone, and are in none."""
    page = desk.cycles(Paging(request.query.limit, request.query.cursor))
    return Listing[CycleView].page([CycleView.of(one) for one in page.items], page.next_cursor)


@describe("Ask the clearing about a payment", answer=ClearingPaymentView, problems=ASKING_PROBLEMS)
def inquire_payment(request: Request[None, None], transaction_id: str) -> Answer:
    """Sends an inquiry (pacs.028) about a payment that has no answer, once in five minutes. The bank also asks by
    itself. The trace has the id of the inquiry; the answer settles or rejects the payment.
    """
    payment, replayed = desk.inquire(request.caller, request.idempotency_key, transaction_id)
    return Answer(ClearingPaymentView.of(payment), replayed=replayed)


@describe("Send a payment's message again", answer=ClearingPaymentView, problems=ASKING_PROBLEMS)
def send_payment(request: Request[None, None], transaction_id: str) -> Answer:
    """Sends the message of a payment that has no answer again, with all its payments and under its id, once in five
    minutes. The clearing takes a message of one id once.
    """
    payment, replayed = desk.send_again(request.caller, request.idempotency_key, transaction_id)
    return Answer(ClearingPaymentView.of(payment), replayed=replayed)


@describe(
    "Settle a payment by hand",
    body=EndPayment,
    answer=ClearingPaymentView,
    problems=ENDING_PROBLEMS,
    action="payment.settle",
)
def settle_payment(request: Request[EndPayment, None], transaction_id: str) -> Answer:
    """Posts a payment that was asked after and has no answer, because you know that the clearing has settled it. A yes
    that comes later changes nothing; a no rings an alarm and changes nothing either.
    """
    payment, replayed = hand_decisions.settle(
        request.caller, request.idempotency_key, transaction_id, request.body.reason
    )
    return Answer(ClearingPaymentView.of(payment), replayed=replayed)


@describe(
    "Forward money that came back",
    body=ForwardReturn,
    answer=ClearingPaymentView,
    problems=(*ENDING_PROBLEMS, "currency_mismatch", "account_closed"),
    action="payment.forward",
)
def forward_payment(request: Request[ForwardReturn, None], transaction_id: str) -> Answer:
    """Credits the money of a returned payment to another account of the customer who has paid, because the paying
    account was closed when the money came back. It is possible once. Another customer's account is only taken if the
    one who has paid is erased, and may wait for a second person.
    """
    payment, replayed = returned_money.forward(
        request.caller, request.idempotency_key, transaction_id, request.body.account_id
    )
    return Answer(ClearingPaymentView.of(payment), replayed=replayed)


@describe(
    "Void a payment by hand",
    body=EndPayment,
    answer=ClearingPaymentView,
    problems=ENDING_PROBLEMS,
    action="payment.void",
)
def void_payment(request: Request[EndPayment, None], transaction_id: str) -> Answer:
    """Releases the money of a payment that was asked after and has no answer, because you know that the clearing does
    not have it. A no that comes later changes nothing; a yes rings an alarm and changes nothing either.
    """
    payment, replayed = hand_decisions.void(
        request.caller, request.idempotency_key, transaction_id, request.body.reason
    )
    return Answer(ClearingPaymentView.of(payment), replayed=replayed)
