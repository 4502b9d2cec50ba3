"""Schemas of requests and responses about the cash of branches."""

from typing import Any

from pydantic import Field

from chalicelib.domain import money
from chalicelib.domain.branches.cash_day import COMES_IN, CashDay
from chalicelib.domain.ledger.posting import TransactionStatus
from chalicelib.domain.ledger.posting import TransactionType as EntryType
from chalicelib.handlers.http.schemas import Amount, Currency, Id, Line, Money, Query, Schema, Timestamp, View
from chalicelib.handlers.interest.interest_schemas import Day
from chalicelib.models.ledger.commit import Outcome
from chalicelib.services.branches import vault_movements
from chalicelib.services.branches.daily_report import AccountsDay, Report


class MoveVault(Schema):
    to_branch_id: Id
    amount: Amount
    currency: Currency | None = Field(default=None, description="By default the bank's currency (USD)")
    reason: Line | None = Field(default=None, examples=["Weekly supply"])


class ReportQuery(Query):
    date: Day | None = Field(default=None, description="By default today")


class VaultMovementView(View):
    """The transaction, with the two branches that the cash moved between."""

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
        pays, receives = vault_movements.ends_of(outcome)
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


class AccountsDayView(View):
    """The customers' accounts opened, closed and moved on the day, and how many were `open` at its end."""

    opened: int
    closed: int
    moved_in: int = Field(description="Accounts moved here from other branches")
    moved_out: int
    open: int = Field(examples=[12])


class CurrencyDayView(View):
    """A day in one currency: `closing_position` is `opening_position` plus all that came in minus all that went out."""

    currency: Currency
    accounts: AccountsDayView
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
    def of(cls, currency: str, day: CashDay, accounts: AccountsDay) -> "CurrencyDayView":
        flows: dict[str, Any] = {
            name: FlowView.model_construct(count=day.of(name).count, amount=money.text(day.of(name).amount, currency))
            for name in COMES_IN
        }
        return cls.model_construct(
            currency=currency,
            accounts=AccountsDayView.model_construct(**vars(accounts)),
            opening_position=money.text(day.opening, currency),
            closing_position=money.text(day.closing, currency),
            **flows,
        )


class BranchReportView(View):
    branch_id: str
    date: Day
    lines: list[CurrencyDayView] = Field(description="One for each currency")

    @classmethod
    def of(cls, report: Report) -> "BranchReportView":
        lines = [CurrencyDayView.of(name, day, report.accounts[name]) for name, day in report.cash.items()]
        return cls.model_construct(branch_id=report.branch_id, date=report.date, lines=lines)
