"""Schemas of payments on a date."""

from pydantic import Field, RootModel

from chalicelib.domain import money
from chalicelib.handlers.approvals.approval_schemas import ApprovalView
from chalicelib.handlers.http.schemas import Id, Money, PageQuery, Timestamp
from chalicelib.handlers.orders.order_parties import OrderParties
from chalicelib.handlers.payments.transaction_schemas import TransactionView
from chalicelib.services.orders.executions import ScheduledPayment, ScheduledStatus


class ScheduledPaymentsQuery(PageQuery):
    account_id: Id | None = Field(
        default=None, description="Only those of this account, also one that you hold jointly"
    )
    customer_id: Id | None = Field(default=None, description="For staff and auditors: whose payments")


class ScheduledPaymentView(OrderParties):
    id: str = Field(examples=["sch_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    status: ScheduledStatus
    reason: str | None = Field(description="Why it failed or was skipped", examples=["insufficient_funds"])
    execution_date: str = Field(examples=["2026-12-01"])
    amount: Money
    currency: str
    memo: str | None
    transaction_id: str | None = Field(description="The payment, once it is made")
    approval_id: str | None
    created_at: Timestamp

    @classmethod
    def of(cls, payment: ScheduledPayment) -> "ScheduledPaymentView":
        order = payment.order
        return cls.model_construct(
            **cls.fields_of(payment.shown),
            status=payment.status,
            reason=payment.reason,
            execution_date=order.start,
            amount=money.text(order.amount, order.currency),
            currency=order.currency,
            memo=order.memo,
            transaction_id=payment.transaction_id,
            approval_id=order.approval_id,
            created_at=order.created_at,
        )


class AcceptedTransferView(RootModel[TransactionView | ScheduledPaymentView | ApprovalView]):
    """A pending transfer, a payment on a date, or the approval that this needs first."""
