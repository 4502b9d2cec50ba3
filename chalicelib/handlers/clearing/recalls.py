"""Recalls of payments to other banks."""

from chalicelib.handlers.clearing.clearing_schemas import RecallPayment
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.payments.transaction_schemas import TransactionView
from chalicelib.services.clearing import recalls


@describe(
    "Recall a payment to another bank",
    body=RecallPayment,
    answer=TransactionView,
    problems=("conflict_of_interest", "not_found", "conflict", "contention", "outcome_unknown"),
)
def recall_payment(request: Request[RecallPayment, None], transaction_id: str) -> Answer:
    """Asks the other bank for the money of a payment back that has arrived there. You recall payments that you made,
    each once: within ten business days for `DUPL` and `TECH`, within thirteen months for the other reasons. The other
    bank decides: the money comes as a `payment_return`, or `payment.recall` says why the payee keeps it. A payment that
    was not sent yet is cancelled instead.
    """
    seen, replayed = recalls.request(request.caller, request.idempotency_key, transaction_id, request.body.reason)
    view = TransactionView.of(seen.transaction, request.caller, seen.sides, seen.label, seen.payment)
    return Answer(view, replayed=replayed)
