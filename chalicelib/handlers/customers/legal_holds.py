"""Legal holds of customers."""

from chalicelib.handlers.customers.customer_schemas import CustomerView, SetLegalHold
from chalicelib.handlers.customers.customers import answer
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.services.customers import legal_holds


@describe(
    "Set a legal hold",
    body=SetLegalHold,
    answer=CustomerView,
    versioned="the customer",
    problems=("not_found", "conflict", "contention", "outcome_unknown"),
)
def set_legal_hold(request: Request[SetLegalHold, None], customer_id: str) -> Answer:
    """Nothing about the customer is erased until the hold ends. The customer does not see it. Returns `conflict` if
    there is a hold already.
    """
    found, replayed = legal_holds.set_hold(
        request.caller, request.idempotency_key, customer_id, request.body.reason, request.if_match
    )
    return answer(found, request.caller, replayed=replayed)


@describe(
    "End a legal hold",
    answer=CustomerView,
    versioned="the customer",
    problems=("not_found", "conflict", "contention", "outcome_unknown"),
)
def end_legal_hold(request: Request[None, None], customer_id: str) -> Answer:
    """The customer can be erased again. The audit keeps who set the hold, why, and who ended it."""
    return answer(legal_holds.end(request.caller, customer_id, request.if_match), request.caller)
