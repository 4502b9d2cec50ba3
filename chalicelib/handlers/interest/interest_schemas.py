"""Schemas of requests and responses about interest."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from chalicelib.domain import money
from chalicelib.domain.interest import accrual as interest_accrual
from chalicelib.domain.interest import day_count
from chalicelib.domain.interest import rate as interest_rate
from chalicelib.domain.interest.accrual import Accrual, RateSegment
from chalicelib.domain.permissions import Caller
from chalicelib.domain.product import ProductType
from chalicelib.handlers.http.schemas import Money, Schema, Timestamp, View
from chalicelib.handlers.payments.transaction_schemas import TransactionView
from chalicelib.models.accounts.account import Account
from chalicelib.models.interest.rate import InterestRate
from chalicelib.services.interest.credit import Credited
from chalicelib.services.interest.rates import Rate

DAY_PATTERN = "[0-9]{4}-[0-9]{2}-[0-9]{2}"


def _day(text: str) -> str:
    if not re.fullmatch(DAY_PATTERN, text):
        raise ValueError("must be a date such as 2026-11-21")
    return text


Day = Annotated[
    str,
    AfterValidator(_day),
    Field(description="One of the bank's days", json_schema_extra={"pattern": f"^{DAY_PATTERN}$"}),
]
AnnualRate = Annotated[
    str,
    StringConstraints(max_length=32),
    Field(description="A decimal string with at most 6 decimals: 0.0300 is 3 % a year", examples=["0.0300"]),
]
Exact = Annotated[str, Field(description="Has six more decimals than the currency", examples=["24.65753425"])]
DayCountName = Annotated[str, Field(description="ACT/365F, ACT/ACT, ACT/360 or 30/360", examples=["ACT/365F"])]


class PutInterestRate(Schema):
    annual_rate: AnnualRate
    effective_from: Day


class NextRate(View):
    annual_rate: AnnualRate
    effective_from: Day


class InterestRateView(View):
    type: ProductType
    annual_rate: AnnualRate
    effective_from: Day | None = Field(description="null: the default rate, because none was set")
    day_count: DayCountName
    next: NextRate | None = Field(description="The next rate, if one is set for a later day")

    @classmethod
    def of(cls, rate: Rate) -> "InterestRateView":
        coming = rate.next
        return cls.model_construct(
            type=rate.account_type,
            annual_rate=interest_rate.text(rate.annual_rate_millionths),
            effective_from=rate.effective_from.isoformat() if rate.effective_from else None,
            day_count=day_count.name(rate.day_count),
            next=NextRate.model_construct(
                annual_rate=interest_rate.text(coming.annual_rate_millionths), effective_from=coming.effective_from
            )
            if coming
            else None,
        )


class RateChangeView(View):
    type: ProductType
    annual_rate: AnnualRate
    effective_from: Day
    set_at: Timestamp
    set_by: str

    @classmethod
    def of(cls, rate: InterestRate) -> "RateChangeView":
        return cls.model_construct(
            type=rate.account_type,
            annual_rate=interest_rate.text(rate.annual_rate_millionths),
            effective_from=rate.effective_from,
            set_at=rate.created_at,
            set_by=rate.updated_by,
        )


class RateSegmentView(View):
    from_: Day = Field(alias="from")
    to: Day
    days: int
    annual_rate: AnnualRate
    interest: Exact

    @classmethod
    def of(cls, segment: RateSegment, currency: str) -> "RateSegmentView":
        return cls.model_construct(
            from_=segment.days.start.isoformat(),
            to=segment.days.last.isoformat(),
            days=segment.days.count,
            annual_rate=interest_rate.text(segment.annual_rate_millionths),
            interest=interest_accrual.text(segment.interest, currency),
        )


class InterestView(View):
    account_id: str
    pending: Money = Field(description="The credit if made now: `accrued` plus `carried`, rounded once")
    currency: str
    from_: Day | None = Field(alias="from", description="The first unpaid day; null if every day is paid")
    to: Day | None = Field(description="Yesterday; null if every day is paid")
    days: int
    day_count: DayCountName
    accrued: Exact
    carried: Exact = Field(
        description="The fraction that the last credit's rounding left to pay (positive) or paid ahead (negative)"
    )
    paid_through: Day | None = Field(description="The last paid day; null before the first credit")
    rate_segments: list[RateSegmentView]

    @classmethod
    def of(cls, account: Account, accrual: Accrual) -> "InterestView":
        days, currency = accrual.days, account.currency
        return cls.model_construct(
            account_id=account.id,
            pending=money.text(accrual.credit, currency),
            currency=currency,
            from_=days.start.isoformat() if days.count else None,
            to=days.last.isoformat() if days.count else None,
            days=days.count,
            day_count=day_count.name(accrual.day_count),
            accrued=interest_accrual.text(accrual.gross, currency),
            carried=interest_accrual.text(accrual.carried_in, currency),
            paid_through=account.interest_paid_through,
            rate_segments=[RateSegmentView.of(one, currency) for one in accrual.segments],
        )


class CreditedView(View):
    account_id: str
    amount: Money
    currency: str
    from_: Day = Field(alias="from")
    to: Day
    days: int
    paid_through: Day
    carried: Exact
    transaction_id: str | None
    transaction: TransactionView | None = Field(description="null if the interest rounds to zero")

    @classmethod
    def of(cls, credited: Credited, caller: Caller) -> "CreditedView":
        made, currency = credited.transaction, credited.currency
        return cls.model_construct(
            account_id=credited.account_id,
            amount=money.text(credited.amount, currency),
            currency=currency,
            from_=credited.paid_from.isoformat(),
            to=credited.paid_through.isoformat(),
            days=credited.days.count,
            paid_through=credited.paid_through.isoformat(),
            carried=interest_accrual.text(credited.carried, currency),
            transaction_id=made.id if made else None,
            transaction=TransactionView.of(made, caller, (), None) if made else None,
        )
