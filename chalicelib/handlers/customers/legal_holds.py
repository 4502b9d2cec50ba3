"""Legal holds of customers. Responses show no personal data: the customer's list of reads must not tell of a hold."""

from pydantic import Field

from chalicelib.domain.permissions import Caller
from chalicelib.handlers.customers.customer_schemas import LegalHoldView, SetLegalHold
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Timestamp, View
from chalicelib.models.customers.customer import Customer
from chalicelib.services.customers import legal_holds


class HeldCustomerView(View):
    """The legal hold of a customer, without personal data."""

    customer_id: str
    legal_hold: LegalHoldView | None = Field(description="null without a legal hold")
    updated_at: Timestamp
    version: int

    @classmethod
    def of(cls, customer: Customer, caller: Caller) -> "HeldCustomerView":
        return cls.model_construct(
            customer_id=customer.id,
            legal_hold=LegalHoldView.of(customer, caller),
            updated_at=customer.updated_at,
            version=customer.version,
        )


@describe(
    "Set a legal hold",
    body=SetLegalHold,
    answer=HeldCustomerView,
    versioned="the customer",
    problems=("conflict_of_interest", "not_found", "conflict", "contention", "outcome_unknown"),
)
def set_legal_hold(request: Request[SetLegalHold, None], customer_id: str) -> Answer:
    """Nothing about the customer is erased until the hold ends. The customer does not see it. Returns `conflict` if
    there is a hold already.
    """
    found, replayed = legal_holds.set_hold(
        request.caller, request.idempotency_key, customer_id, request.body.reason, request.if_match
    )
    return Answer(HeldCustomerView.of(found, request.caller), version=found.version, replayed=replayed)


@describe(
    "End a legal hold",
    answer=HeldCustomerView,
    versioned="the customer",
    problems=("conflict_of_interest", "not_found", "conflict", "contention", "outcome_unknown"),
    action="legal_hold",
)
def end_legal_hold(request: Request[None, None], customer_id: str) -> Answer:
    """The customer can be erased again. The audit keeps who set the hold, why, and who ended it. Returns `not_found`
    without a hold.
    """
    found = legal_holds.end(request.caller, customer_id, request.if_match)
    return Answer(HeldCustomerView.of(found, request.caller), version=found.version)
