"""Schemas of recalls by other banks, for staff. They name no payer."""

from pydantic import Field

from chalicelib.domain import money
from chalicelib.domain.clearing import reasons
from chalicelib.domain.clearing.recall import REASONS, RefusalCode
from chalicelib.handlers.http.schemas import Id, Line, Money, PageQuery, Schema, Timestamp, View
from chalicelib.handlers.payments.bank_payment_schemas import Failure, refusal_text
from chalicelib.models.clearing.received_recall import RecallStatus, ReceivedRecall

WORDS = {str(code): words for code, words in REASONS.items()}


class ReceivedRecallsQuery(PageQuery):
    status: RecallStatus = "open"


class RefuseRecall(Schema):
    code: RefusalCode = Field(
        description="`CUST` the payee does not agree, `NOAS` it did not answer, `LEGL` the law does not allow it,"
        " `AM04` the money is not there, `AC04` the account is closed"
    )


class AcceptRecall(Schema):
    reason: Line = Field(description="Why the money goes back, such as the payee's consent; for staff")


class ReceivedRecallView(View):
    """A recall of a payment that came in. The payer is in `GET /v1/transactions/{transaction_id}`."""

    id: Id = Field(examples=["rcl_3C4Q83PZB5B6SVXT405KB0RFF7"])
    transaction_id: Id = Field(description="The payment that came in")
    customer_id: Id
    account_id: Id
    status: RecallStatus = Field(description="`answering`: decided, and the answer is on its way")
    amount: Money
    currency: str
    uetr: str
    reason: Failure = Field(description="Why the other bank asks: a code of ISO 20022, and words")
    answer_by: str = Field(description="The day until which the other bank waits", examples=["2026-12-21"])
    refusal: Failure | None
    return_id: Id | None = Field(description="The transaction that gave the money back")
    created_at: Timestamp

    @classmethod
    def of(cls, found: ReceivedRecall) -> "ReceivedRecallView":
        code, refusal = found.reason_code, found.refusal_code
        words = WORDS.get(code) or reasons.detail_of(code)
        return cls.model_construct(
            id=found.id,
            transaction_id=found.transaction_id,
            customer_id=found.customer_id,
            account_id=found.account_id,
            status=found.status,
            amount=money.text(found.amount, found.currency),
            currency=found.currency,
            uetr=found.uetr,
            reason=Failure.model_construct(code=code, detail=words),
            answer_by=found.answer_by,
            refusal=Failure.model_construct(code=refusal, detail=refusal_text(refusal)) if refusal else None,
            return_id=found.return_id,
            created_at=found.created_at,
        )
