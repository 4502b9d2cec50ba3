"""Schemas of standing orders."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from chalicelib.domain import money
from chalicelib.domain.orders.business_calendar import BusinessDayRule
from chalicelib.domain.orders.execution import ExecutionStatus, OrderStatus
from chalicelib.domain.orders.upcoming import Upcoming
from chalicelib.handlers.http.schemas import (
    Amount,
    Currency,
    Day,
    DryRunQuery,
    Id,
    Memo,
    Money,
    PageQuery,
    Pin,
    Schema,
    Timestamp,
    View,
    WholeNumber,
)
from chalicelib.handlers.orders.frequency_schemas import FrequencyBody, FrequencyView
from chalicelib.handlers.orders.order_parties import OrderParties
from chalicelib.handlers.payments.payee_schemas import AccountNumber, DescribesPayee, Iban, PaysPayee
from chalicelib.models.orders.order import Order
from chalicelib.services.customers.people import Revealed
from chalicelib.services.orders import executions
from chalicelib.services.orders.executions import CurrentExecution
from chalicelib.services.orders.terms import Terms

COUNT_MAX, PREVIEW_MAX = 10_000, 120


class StandingOrder(PaysPayee, DescribesPayee):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"pin"})

    amount: Amount
    first_amount: Amount | None = Field(default=None, description="Of the first payment, if it differs")
    final_amount: Amount | None = Field(default=None, description="Of the last payment, if it differs; needs an end")
    currency: Currency | None = Field(default=None, description="By default the paying account's")
    frequency: FrequencyBody
    start: Day
    end: Day | None = Field(default=None, description="The last day on which it may be due")
    count: Annotated[int, Field(ge=1, le=COUNT_MAX)] | None = Field(default=None, description="How many payments")
    business_days: BusinessDayRule = Field(
        default="following", description="When a payment is made whose day is no business day of the bank"
    )
    memo: Memo | None = None
    pin: Pin | None = Field(default=None, description="Required if the paying account has a PIN")

    @model_validator(mode="after")
    def _ends_once(self) -> Self:
        if self.end is not None and self.count is not None:
            raise ValueError("give end or count, not both")
        return self


class EditStandingOrder(DescribesPayee):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"pin"})

    to_account_id: Id = Field(default_factory=str)
    to_account_number: AccountNumber = Field(default_factory=str)
    to_iban: Iban = Field(default_factory=str)
    beneficiary_id: Id = Field(default_factory=str)
    accept_mismatch: bool = Field(default_factory=bool, description="Pay although the verification found another name")
    amount: Amount = Field(default_factory=str)
    first_amount: Amount | None = Field(default=None, description="null removes it")
    final_amount: Amount | None = Field(default=None, description="null removes it")
    frequency: FrequencyBody | None = Field(default=None, description="Needs a start, from which it holds")
    start: Day = Field(default_factory=str)
    end: Day | None = Field(default=None, description="null removes it")
    count: Annotated[int, Field(ge=1, le=COUNT_MAX)] | None = Field(default=None, description="null removes it")
    business_days: BusinessDayRule | None = Field(default=None, description="Needs a start, from which it holds")
    memo: Memo | None = Field(default=None, description="null removes it")
    pin: Pin | None = Field(
        default=None, description="Required if the paying account has a PIN, unless only the memo changes"
    )

    @model_validator(mode="after")
    def _one_payee(self) -> "EditStandingOrder":
        if len(self.payee()) > 1:
            raise ValueError("give one of to_account_id, to_account_number, to_iban and beneficiary_id")
        if self.end is not None and self.count is not None:
            raise ValueError("give end or count, not both")
        for name in {"frequency", "business_days"} & self.model_fields_set:
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be removed")
        return self


class ResumeOrder(Schema):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"pin"})

    pin: Pin | None = Field(
        default=None, description="Required if the account has one and another person made the order"
    )


class SkipPayment(Schema):
    date: Day | None = Field(default=None, description="The date to skip: with it, asking again changes nothing")


class PreviewQuery(DryRunQuery):
    preview: Annotated[int, Field(ge=1, le=PREVIEW_MAX), WholeNumber] | None = Field(
        default=None, description="Only list so many dates; nothing is made"
    )


class OrdersQuery(PageQuery):
    account_id: Id | None = Field(
        default=None, description="Only orders of this account, also one that you hold jointly"
    )
    customer_id: Id | None = Field(default=None, description="For staff and auditors: whose orders")
    status: OrderStatus | None = None


class UpcomingView(View):
    date: str = Field(description="The date of the payment, which tells it apart", examples=["2026-12-26"])
    execution_date: str = Field(
        description="The business day on which it is made, if the bank is open then", examples=["2026-12-28"]
    )
    amount: Money

    @classmethod
    def of(cls, one: Upcoming, currency: str) -> "UpcomingView":
        return cls.model_construct(
            date=one.occurrence.date.isoformat(),
            execution_date=one.execution_day.isoformat(),
            amount=money.text(one.amount, currency),
        )


class PreviewView(View):
    currency: str
    dates: list[UpcomingView]


class StandingOrderView(OrderParties):
    id: str = Field(examples=["sto_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    status: OrderStatus
    reason: str | None = Field(
        description="Why it is suspended or ended: suspended_by_customer, completed, or the code of the last failure"
    )
    currency: str
    amount: Money
    first_amount: Money | None
    final_amount: Money | None
    memo: str | None
    frequency: FrequencyView
    start: str
    end: str | None
    count: int | None
    business_days: BusinessDayRule
    next: list[UpcomingView] = Field(description="The next three payments")
    failures: int = Field(description="Payments in a row that have failed; the third suspends the order")
    approval_id: str | None = Field(description="The approval under which payee and amounts stand as they are")
    created_at: Timestamp
    updated_at: Timestamp

    @classmethod
    def of(cls, shown: Revealed[Order]) -> "StandingOrderView":
        order, terms = shown.item, Terms.of(shown.item)
        return cls.model_construct(
            **cls.fields_of(shown),
            status=order.status,
            reason=order.reason,
            currency=order.currency,
            amount=terms.amount,
            first_amount=terms.first_amount,
            final_amount=terms.final_amount,
            memo=order.memo,
            frequency=FrequencyView.of(terms),
            start=order.start,
            end=order.end,
            count=order.times,
            business_days=order.business_days,
            next=[UpcomingView.of(one, order.currency) for one in executions.upcoming(order)],
            failures=order.failures,
            approval_id=order.approval_id,
            created_at=order.created_at,
            updated_at=order.updated_at,
        )


class ExecutionAttemptView(View):
    at: Timestamp
    code: str = Field(examples=["insufficient_funds"])


class ExecutionView(View):
    date: str
    execution_date: str
    status: ExecutionStatus = Field(
        description="Of a payment that had to wait: as it is now. executed: left to the clearing between banks, and the"
        " transaction tells what became of it"
    )
    amount: Money
    currency: str
    attempts: list[ExecutionAttemptView] = Field(description="Those that were refused")
    reason: str | None = Field(description="Why it is not paid: the code of a refusal, `voided`, `expired`, `too_late`")
    transaction_id: str | None

    @classmethod
    def of(cls, current: CurrentExecution) -> "ExecutionView":
        one = current.execution
        return cls.model_construct(
            date=one.date,
            execution_date=one.execution_day,
            status=current.status,
            amount=money.text(one.amount, one.currency),
            currency=one.currency,
            attempts=[ExecutionAttemptView.model_construct(at=at["at"], code=at["code"]) for at in one.attempts or []],
            reason=current.reason,
            transaction_id=one.transaction_id,
        )
