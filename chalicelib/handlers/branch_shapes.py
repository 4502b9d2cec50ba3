"""What requests about branches look like, and what is answered."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from chalicelib.domain import money, opening_hours
from chalicelib.domain.cash_day import COMES_IN, CashDay
from chalicelib.domain.posting import TransactionStatus
from chalicelib.domain.posting import TransactionType as EntryType
from chalicelib.handlers.interest_shapes import Day
from chalicelib.handlers.person_shapes import Country
from chalicelib.handlers.shapes import Amount, Currency, Id, Line, Money, Name, Query, Shape, Timestamp, View
from chalicelib.models.attempt import Outcome
from chalicelib.models.branch import Branch
from chalicelib.services import branch_cash
from chalicelib.services.branch_report import Report


def _in_order(stretches: list[str]) -> list[str]:
    opening_hours.check(stretches)
    return stretches


Code = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{0,11}$"),
    Field(
        description="What staff call it: capital letters, digits, hyphens; no two branches have one", examples=["LDN"]
    ),
]
Stretch = Annotated[str, StringConstraints(pattern=f"^{opening_hours.PATTERN}$"), Field(examples=["09:00-17:00"])]
Stretches = Annotated[
    list[Stretch],
    Field(max_length=opening_hours.STRETCHES_MAX, description="In order; none: closed", examples=[["09:00-17:00"]]),
    AfterValidator(_in_order),
]


class OpeningHours(Shape):
    """By the branch's own clocks; a day that is left out is closed."""

    monday: Stretches = Field(default_factory=list)
    tuesday: Stretches = Field(default_factory=list)
    wednesday: Stretches = Field(default_factory=list)
    thursday: Stretches = Field(default_factory=list)
    friday: Stretches = Field(default_factory=list)
    saturday: Stretches = Field(default_factory=list)
    sunday: Stretches = Field(default_factory=list)

    def by_day(self) -> dict[str, list[str]]:
        """Only the days on which it opens."""
        return {name: stretches for name, stretches in self.model_dump().items() if stretches}


class CreateBranch(Shape):
    name: Name = Field(examples=["London Bridge"])
    code: Code
    city: Name
    country: Country
    opening_hours: OpeningHours | None = None
    initial_balance: Amount | None = Field(default=None, description="Cash to begin with, out of the bank's equity")
    currency: Currency | None = Field(default=None, description="Of the initial balance; the bank's usual one, USD")


class EditBranch(Shape):
    """What is left out stays; null takes the opening hours away. The code is for good."""

    name: Name = Field(default_factory=str, examples=["London Bridge"])
    city: Name = Field(default_factory=str)
    country: Country = Field(default_factory=str)
    opening_hours: OpeningHours | None = None


class MoveVault(Shape):
    to_branch_id: Id
    amount: Amount
    currency: Currency | None = Field(default=None, description="The bank's usual one, USD, unless given")
    reason: Line | None = Field(default=None, examples=["Weekly supply"])


class ReportQuery(Query):
    date: Day | None = Field(default=None, description="Today, unless given")


class CashView(View):
    currency: Currency
    amount: Money


class OpeningHoursView(View):
    monday: list[str] = Field(examples=[["09:00-12:30", "13:30-17:00"]])
    tuesday: list[str] = Field(examples=[["09:00-17:00"]])
    wednesday: list[str] = Field(examples=[["09:00-17:00"]])
    thursday: list[str] = Field(examples=[["09:00-19:00"]])
    friday: list[str] = Field(examples=[["09:00-17:00"]])
    saturday: list[str] = Field(examples=[["10:00-13:00"]])
    sunday: list[str] = Field(examples=[[]])


class BranchView(View):
    """`cash_position` is for staff and auditors, and of one branch: null to others, and in lists."""

    id: str = Field(examples=["brn_01KAK4WZ1R8S6T4V2X9Y7Z5A3B"])
    name: str = Field(examples=["London Bridge"])
    code: Code
    city: str
    country: str
    opening_hours: OpeningHoursView | None
    cash_position: list[CashView] | None
    created_at: Timestamp
    updated_at: Timestamp
    version: int

    @classmethod
    def of(cls, branch: Branch, cash: Mapping[str, int] | None) -> "BranchView":
        hours = branch.opening_hours
        return cls.model_construct(
            id=branch.id,
            name=branch.name,
            code=branch.code,
            city=branch.city,
            country=branch.country,
            opening_hours=OpeningHoursView.model_construct(
                **{name: hours.get(name, []) for name in opening_hours.WEEKDAYS}
            )
            if hours is not None
            else None,
            cash_position=None if cash is None else _cash(cash),
            created_at=branch.created_at,
            updated_at=branch.updated_at,
            version=branch.version,
        )


class VaultMovementView(View):
    """The transaction, by the branches that it went between."""

    id: str = Field(examples=["txn_3C4Q83PZB5B6SVXT405KB0RFF7"])
    type: EntryType = Field(examples=["vault_movement"])
    status: TransactionStatus = Field(examples=["posted"])
    from_branch_id: str = Field(examples=["brn_00000000000000000000000000"])
    to_branch_id: str = Field(examples=["brn_01KAK4WZ1R8S6T4V2X9Y7Z5A3B"])
    amount: Money
    currency: Currency
    reason: str | None = Field(examples=["Weekly supply"])
    created_at: Timestamp
    posted_at: Timestamp | None

    @classmethod
    def of(cls, outcome: Outcome) -> "VaultMovementView":
        moved = outcome.transaction
        pays, receives = branch_cash.ends_of(outcome)
        return cls.model_construct(
            id=moved.id,
            type=moved.transaction_type,
            status=moved.status,
            from_branch_id=pays,
            to_branch_id=receives,
            amount=money.text(moved.amount, moved.currency),
            currency=moved.currency,
            reason=moved.reason,
            created_at=moved.created_at,
            posted_at=moved.posted_at,
        )


class FlowView(View):
    count: int
    amount: Money


class CashDayView(View):
    """`closing_position` is `opening_position` with all that came in and without all that went out."""

    currency: Currency
    opening_position: Money = Field(examples=["5000.00"])
    deposits: FlowView
    withdrawals: FlowView
    vault_in: FlowView
    vault_out: FlowView
    funding_in: FlowView
    funding_out: FlowView
    reversals_in: FlowView
    reversals_out: FlowView
    closing_position: Money = Field(examples=["5000.00"])

    @classmethod
    def of(cls, currency: str, day: CashDay) -> "CashDayView":
        flows: dict[str, Any] = {
            name: FlowView.model_construct(count=day.of(name).count, amount=money.text(day.of(name).amount, currency))
            for name in COMES_IN
        }
        return cls.model_construct(
            currency=currency,
            opening_position=money.text(day.opening, currency),
            closing_position=money.text(day.closing, currency),
            **flows,
        )


class BranchReportView(View):
    branch_id: str
    date: Day
    cash: list[CashDayView]

    @classmethod
    def of(cls, report: Report) -> "BranchReportView":
        cash = [CashDayView.of(currency, day) for currency, day in sorted(report.cash.items())]
        return cls.model_construct(branch_id=report.branch_id, date=report.date, cash=cash)


def _cash(cash: Mapping[str, int]) -> list[CashView]:
    return [
        CashView.model_construct(currency=currency, amount=money.text(minor, currency))
        for currency, minor in sorted(cash.items())
    ]
