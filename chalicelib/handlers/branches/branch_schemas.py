"""Schemas of requests and responses about branches."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from chalicelib.domain import money
from chalicelib.domain.branches import opening_hours
from chalicelib.handlers.customers.person_schemas import Country
from chalicelib.handlers.http.schemas import Amount, Currency, Money, Name, Schema, Timestamp, View
from chalicelib.models.branches.branch import Branch


def _in_order(stretches: list[str]) -> list[str]:
    opening_hours.check(stretches)
    return stretches


Code = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{0,11}$"),
    Field(description="A unique short code: capital letters, digits, hyphens", examples=["LDN"]),
]
Stretch = Annotated[str, StringConstraints(pattern=f"^{opening_hours.PATTERN}$"), Field(examples=["09:00-17:00"])]
Stretches = Annotated[
    list[Stretch],
    Field(
        max_length=opening_hours.STRETCHES_MAX,
        description="In order of time; empty: closed",
        examples=[["09:00-17:00"]],
    ),
    AfterValidator(_in_order),
]


class OpeningHours(Schema):
    """Opening hours in the branch's local time; a day that is left out is closed."""

    monday: Stretches = Field(default_factory=list)
    tuesday: Stretches = Field(default_factory=list)
    wednesday: Stretches = Field(default_factory=list)
    thursday: Stretches = Field(default_factory=list)
    friday: Stretches = Field(default_factory=list)
    saturday: Stretches = Field(default_factory=list)
    sunday: Stretches = Field(default_factory=list)

    def by_day(self) -> dict[str, list[str]]:
        """Return only the days on which the branch opens."""
        return {name: stretches for name, stretches in self.model_dump().items() if stretches}


class CreateBranch(Schema):
    name: Name = Field(examples=["London Bridge"])
    code: Code
    city: Name
    country: Country
    opening_hours: OpeningHours | None = None
    initial_balance: Amount | None = Field(
        default=None, description="The first cash of the branch, from the bank's equity"
    )
    currency: Currency | None = Field(
        default=None, description="The currency of the initial balance; by default the bank's (USD)"
    )


class EditBranch(Schema):
    """Edits of a branch. Omitted fields stay as they are; null removes the opening hours. The code never changes."""

    name: Name = Field(default_factory=str, examples=["London Bridge"])
    city: Name = Field(default_factory=str)
    country: Country = Field(default_factory=str)
    opening_hours: OpeningHours | None = None


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
    """A branch. `cash_position` is for staff and auditors, and only of a single branch: otherwise it is null."""

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


def _cash(cash: Mapping[str, int]) -> list[CashView]:
    return [
        CashView.model_construct(currency=currency, amount=money.text(minor, currency))
        for currency, minor in sorted(cash.items())
    ]
