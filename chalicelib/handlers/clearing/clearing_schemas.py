"""Schemas of payments and cycles of the clearing, for staff. They name no payee."""

from typing import Literal

from pydantic import Field

from chalicelib.domain import money
from chalicelib.domain.clearing import reasons
from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.clearing.recall import RecallReason
from chalicelib.domain.clearing.states import State
from chalicelib.handlers.http.schemas import Id, Line, Money, PageQuery, Schema, Timestamp, View
from chalicelib.handlers.payments.bank_payment_schemas import Failure, RecallView, TraceView
from chalicelib.models.clearing.cycle import Cycle, CycleStatus
from chalicelib.models.clearing.payment import ClearingPayment

ListedState = Literal["queued", "submitted", "settled", "rejected", "returned", "recall_requested"]
BOTH: tuple[Rail, ...] = ("instant", "standard")


class ClearingPaymentsQuery(PageQuery):
    state: ListedState = "submitted"
    rail: Rail | None = None

    def rails(self) -> tuple[Rail, ...]:
        """Return the rails that are asked for."""
        return (self.rail,) if self.rail else BOTH


class EndPayment(Schema):
    reason: Line = Field(description="How you know that the clearing has, or does not have, the payment; for staff")


class ForwardReturn(Schema):
    account_id: Id = Field(
        description="An account of the customer who has paid, in the same currency; if that one is erased, of the same"
        " person as a new customer"
    )


class RecallPayment(Schema):
    reason: RecallReason = Field(
        description="`DUPL` paid twice, `TECH` a technical error, `FRAD` fraud, `AM09` the wrong amount, `AC03` the"
        " wrong IBAN, `CUST` anything else"
    )


class ClearingPaymentView(View):
    """A payment to another bank, as the clearing knows it. The payee is in `GET /v1/transactions/{transaction_id}`."""

    transaction_id: Id = Field(examples=["txn_3C4Q83PZB5B6SVXT405KB0RFF7"])
    customer_id: Id
    account_id: Id = Field(description="The paying account")
    rail: Rail
    state: State = Field(examples=["submitted"])
    amount: Money
    currency: str
    uetr: str = Field(examples=["4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e90"])
    end_to_end_id: str
    reason: Failure | None = Field(description="Why it was rejected or returned: a code of ISO 20022, and words")
    submit_by: Timestamp
    settlement_date: str = Field(examples=["2026-11-30"])
    cycle: str | None = Field(
        description="The clearing's cycle that it was sent with; null of instant ones", examples=["2026-11-30.1"]
    )
    message_id: str | None = Field(description="The pacs.008 that it was sent in")
    return_id: Id | None = Field(description="The transaction that brought its money back")
    recall: RecallView | None = Field(description="null if its money was never asked back")
    trace: list[TraceView]

    @classmethod
    def of(cls, payment: ClearingPayment) -> "ClearingPaymentView":
        code = payment.reason_code
        return cls.model_construct(
            transaction_id=payment.id,
            customer_id=payment.customer_id,
            account_id=payment.account_id,
            rail=payment.rail,
            state=payment.status,
            amount=money.text(payment.amount, payment.currency),
            currency=payment.currency,
            uetr=payment.uetr,
            end_to_end_id=payment.end_to_end_id,
            reason=Failure.model_construct(code=code, detail=reasons.detail_of(code)) if code else None,
            submit_by=payment.submit_by,
            settlement_date=payment.settlement_date,
            cycle=None if payment.rail == "instant" else payment.cycle,
            message_id=payment.message_id,
            return_id=payment.return_id,
            recall=RecallView.of(payment),
            trace=[TraceView.of(one) for one in payment.trace],
        )


class CycleView(View):
    """A cycle: what was queued at a cut-off, sent and answered together."""

    id: str = Field(examples=["2026-11-30.1"])
    day: str = Field(examples=["2026-11-30"])
    cut_off: Timestamp
    status: CycleStatus = Field(description="`waiting`: for the clearing's answers")
    messages: int | None = Field(description="Messages that were sent; null while it collects")
    payments: int | None
    unanswered: int | None = Field(description="Payments without a final answer when it was closed")
    created_at: Timestamp
    closed_at: Timestamp | None

    @classmethod
    def of(cls, cycle: Cycle) -> "CycleView":
        return cls.model_construct(
            id=cycle.id,
            day=cycle.day,
            cut_off=cycle.cut_off,
            status=cycle.status,
            messages=cycle.messages,
            payments=cycle.payments,
            unanswered=cycle.unanswered,
            created_at=cycle.created_at,
            closed_at=cycle.closed_at,
        )
