"""Schemas of requests and responses about accounts."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from chalicelib import config
from chalicelib.domain import money
from chalicelib.domain.ledger.balance import AccountType, StatementDelivery, Status
from chalicelib.domain.ledger.posting import TransactionType as EntryType
from chalicelib.domain.product import ProductType
from chalicelib.handlers.accounts.counterparty_schemas import CounterpartyView
from chalicelib.handlers.accounts.holder_schemas import HolderView
from chalicelib.handlers.http.schemas import (
    Amount,
    Category,
    Currency,
    Id,
    Line,
    Money,
    Name,
    PageQuery,
    PendingApprovals,
    Pin,
    Query,
    Schema,
    Tag,
    Timestamp,
    View,
)
from chalicelib.models.accounts.account import Account
from chalicelib.services.accounts.history import BalanceAt
from chalicelib.services.accounts.history import Line as HistoryLine

Moment = Annotated[str, StringConstraints(max_length=40), Field(description="RFC 3339")]
DateOrMoment = Annotated[
    str, StringConstraints(max_length=40), Field(description="A date of the bank or an RFC 3339 timestamp, inclusive")
]


class OpenAccount(Schema):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"pin"})
    erasable_fields: ClassVar[frozenset[str]] = frozenset({"nickname"})

    type: ProductType
    currency: Currency = Field(
        default_factory=config.default_currency, description="By default the bank's currency (USD)"
    )
    branch_id: Id | None = None
    nickname: Name | None = None
    pin: Pin | None = None
    initial_deposit: Amount | None = None
    customer_id: Id | None = Field(default=None, description="For staff: the future owner of the account")


class EditAccount(Schema):
    """Edits of an account. Omitted fields stay as they are; null removes the nickname."""

    nickname: Name | None = None
    branch_id: Id = Field(default_factory=str)
    statements: StatementDelivery = Field(
        default_factory=lambda: "none", description="`monthly`: a PDF is made after every month"
    )
    overdraft_limit: Amount = Field(default_factory=str, description='For staff; "0" removes the overdraft')


class Reason(Schema):
    reason: Line


class SetPin(Schema):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"pin", "current_pin"})

    pin: Pin
    current_pin: Pin | None = None


class AccountsQuery(PageQuery):
    customer_id: Annotated[str, StringConstraints(max_length=64)] | None = None
    status: Status | None = Field(
        default=None, description="Filters the list; a page may be short or empty while `has_more` is true"
    )


class BalanceQuery(Query):
    at: Moment | None = None


class HistoryQuery(PageQuery):
    from_: DateOrMoment | None = Field(default=None, alias="from")
    to: DateOrMoment | None = None
    type: EntryType | None = None
    category: Category | None = None
    tag: Tag | None = None


class AccountView(View):
    id: str = Field(examples=["acc_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    account_number: str = Field(examples=["123456789012"])
    iban: str = Field(examples=["LV42FLRN0123456789012"])
    type: AccountType
    currency: str
    status: Status
    balance: Money
    held: Money
    available: Money
    overdraft_limit: Money
    branch_id: str
    customer_id: str
    holders: list[HolderView] = Field(description="The joint holders", examples=[[]])
    nickname: str | None
    statements: StatementDelivery
    opened_at: Timestamp
    updated_at: Timestamp
    version: int

    @classmethod
    def of(cls, account: Account) -> "AccountView":
        def text(minor: int) -> str:
            return money.text(minor, account.currency)

        return cls.model_construct(
            id=account.id,
            account_number=account.account_number,
            iban=config.bank_identifier().iban_of(str(account.account_number)),
            type=account.account_type,
            currency=account.currency,
            status=account.status,
            balance=text(account.balance),
            held=text(account.held),
            available=text(account.position().available),
            overdraft_limit=text(account.overdraft_limit),
            branch_id=account.branch_id,
            customer_id=account.customer_id,
            holders=HolderView.all_of(account.access().holders),
            nickname=account.nickname,
            statements="monthly" if account.statements == "monthly" else "none",
            opened_at=account.created_at,
            updated_at=account.updated_at,
            version=account.version,
        )


class AccountDetailView(AccountView):
    """An account, and for staff what waits about it."""

    pending_approvals: PendingApprovals


class BalanceView(View):
    account_id: str
    at: Timestamp
    balance: Money
    currency: str
    seq: int = Field(description="The `seq` of the last entry included; 0 before the first entry")

    @classmethod
    def of(cls, balance: BalanceAt) -> "BalanceView":
        return cls.model_construct(
            account_id=balance.account.id,
            at=balance.at,
            balance=money.text(balance.balance, balance.account.currency),
            currency=balance.account.currency,
            seq=balance.seq,
        )


class EntryView(View):
    id: str = Field(examples=["acc_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z-2"])
    account_id: str
    transaction_id: str
    seq: int
    type: EntryType
    direction: Literal["in", "out"]
    amount: Money
    balance_after: Money
    currency: str
    counterparty: str | None = Field(description="The account on the other side of a transfer")
    bank_counterparty: CounterpartyView | None = Field(
        description="The party at another bank, of a payment to it or from it", examples=[None]
    )
    memo: str | None
    category: str | None
    tags: list[str]
    created_at: Timestamp
    hash: str = Field(examples=["88966b8374b228578d79a4343da43c96af86252a43e252b7efc1cbc86cd20e99"])
    prev_hash: str = Field(examples=["cdbcb14a356cb3a28a040ad2a556c79e661c730a1a78ed9812c2071f343d717d"])

    @classmethod
    def of(cls, line: HistoryLine) -> "EntryView":
        entry, details, label = line.entry, line.details, line.label
        return cls.model_construct(
            id=f"{entry.account_id}-{entry.seq}",
            account_id=entry.account_id,
            transaction_id=entry.transaction_id,
            seq=entry.seq,
            type=entry.type,
            direction="in" if entry.amount > 0 else "out",
            amount=money.text(abs(entry.amount), entry.currency),
            balance_after=money.text(entry.balance_after, entry.currency),
            currency=entry.currency,
            counterparty=details.counterparty_id,
            bank_counterparty=CounterpartyView.of(line.counterparty) if line.counterparty else None,
            memo=line.memo,
            category=label.category if label else None,
            tags=(label.tags or []) if label else [],
            created_at=entry.created_at,
            hash=entry.hash,
            prev_hash=entry.prev_hash,
        )
