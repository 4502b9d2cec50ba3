"""Schemas of requests about money: deposits, withdrawals, transfers, and what is asked about them later."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from chalicelib.domain.ledger.posting import TransactionStatus
from chalicelib.domain.ledger.posting import TransactionType as EntryType
from chalicelib.handlers.accounts.account_schemas import DateOrMoment
from chalicelib.handlers.http.schemas import (
    Amount,
    Category,
    Currency,
    Day,
    Id,
    Line,
    Memo,
    PageQuery,
    Pin,
    Schema,
    Tag,
)
from chalicelib.handlers.payments.payee_schemas import DescribesPayee, PaysPayee
from chalicelib.services.payments.labels import Annotations

Tags = Annotated[list[Tag], Field(max_length=10)]


class Marked(Schema):
    erasable_fields: ClassVar[frozenset[str]] = frozenset({"category", "tags"})

    memo: Memo | None = None
    category: Category | None = None
    tags: Tags = Field(default_factory=list)

    def annotations(self) -> Annotations:
        return Annotations(self.memo, self.category, tuple(dict.fromkeys(self.tags)))


class Deposit(Marked):
    account_id: Id
    amount: Amount
    currency: Currency | None = Field(default=None, description="By default the account's")
    branch_id: Id | None = None


class Withdraw(Deposit):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"pin"})

    pin: Pin | None = Field(default=None, description="Required if the account has a PIN")


class Transfer(PaysPayee, DescribesPayee, Marked):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"pin"})
    erasable_fields: ClassVar[frozenset[str]] = Marked.erasable_fields | DescribesPayee.erasable_fields

    amount: Amount
    currency: Currency | None = Field(default=None, description="By default the paying account's")
    execution_date: Day | None = Field(
        default=None, description="Pay on this date, at most 365 days ahead, instead of now"
    )
    pin: Pin | None = Field(default=None, description="Required if the paying account has a PIN")
    rail: Literal["instant", "standard", "auto"] = Field(
        default="auto",
        description="To another bank: within 10 seconds on any day, or with the next cycle on a"
        " business day. auto is instant, and standard with execution_date",
    )

    @model_validator(mode="after")
    def _fits_a_payment_on_a_date(self) -> Self:
        if self.execution_date and self.rail == "instant":
            raise ValueError("a payment on a date goes with the cycle of that day: rail is standard or auto")
        if self.execution_date and (self.category or self.tags):
            raise ValueError("label a payment on a date once it is made: send no category and tags with execution_date")
        return self


class Annotate(Schema):
    category: Category | None = None
    tags: Tags = Field(default_factory=list)
    memo: Memo | None = None

    def edits(self) -> dict[str, Any]:
        """Return the fields to change, with each tag once."""
        given = self.model_dump(exclude_unset=True)
        return given | ({"tags": list(dict.fromkeys(self.tags))} if "tags" in given else {})


class Reverse(Schema):
    reason: Line
    allow_overdrawn: bool = Field(default=False, description="For managers: reverse even if the money is already spent")


class Reject(Schema):
    reason: Line


class TransactionsQuery(PageQuery):
    status: TransactionStatus | None = None
    type: EntryType | None = None
    from_: DateOrMoment | None = Field(default=None, alias="from")
    to: DateOrMoment | None = None
