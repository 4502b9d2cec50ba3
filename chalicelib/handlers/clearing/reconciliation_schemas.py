"""Schemas of the reconciliation of a day with the clearing. They name no payer and no payee."""

from typing import Literal

from pydantic import Field

from chalicelib.domain import money
from chalicelib.domain.clearing.reconciliation import Kind, due_day
from chalicelib.handlers.http.schemas import Currency, Day, Id, Line, Money, Query, Schema, Timestamp, View
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.services.clearing.nostro_statements import StatedDay
from chalicelib.services.clearing.reconciliation import Found, Reconciliation

DIFFERENCES_MAX = 200
Outcome = Literal["reconciled", "differs", "no_statement"]


class ReconciliationQuery(Query):
    date: Day | None = Field(default=None, description="One of the bank's days; by default yesterday")
    currency: Currency | None = Field(default=None, description="By default EUR")


class BookFee(Schema):
    date: Day = Field(description="The day of the statement")
    currency: Currency = Field(description="Of the statement", examples=["EUR"])
    entry: Line = Field(
        description="`uetr` of the difference: the name of an entry without a payment",
        examples=["entry 2026-11-30 FEE-11"],
    )
    reason: Line = Field(description="What it is for; staff see it", examples=["Fees of November"])


class NostroStatementView(View):
    """The clearing's statement (camt.053) about the bank's account with it."""

    id: str = Field(examples=["STM-4F2B0C2E2F7A4C609C515D1F5A3B"])
    pages: int
    opening_balance: Money = Field(description="Negative if the bank owes")
    closing_balance: Money

    @classmethod
    def of(cls, stated: StatedDay) -> "NostroStatementView":
        return cls.model_construct(
            id=stated.id,
            pages=len(stated.pages),
            opening_balance=money.text(stated.opening, stated.currency),
            closing_balance=money.text(stated.closing, stated.currency),
        )


class LedgerSideView(View):
    """The ledger at the end of the day, as the clearing would state it."""

    nostro: Money = Field(description="`gl.nostro`: what the clearing has advised")
    not_advised: Money = Field(description="`gl.clearing`: settled, and not advised yet")
    payments: int = Field(description="How many payments between banks were booked on the day")


class DifferenceView(View):
    """A payment that the banks have booked differently."""

    kind: Kind
    uetr: str = Field(
        description="Of the payment; of an entry that names no payment its reference",
        examples=["4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e90"],
    )
    transaction_id: Id | None
    ours: Money = Field(description="The sum that this bank has booked, positive if it received")
    theirs: Money = Field(description="The sum in the clearing's statements of this day and of seven days around it")
    state: str | None = Field(description="Of one that went out: `submitted` has no answer", examples=["settled"])
    expected_by: str | None = Field(
        description="Of one that only this bank has: the day whose statement must have it", examples=[None]
    )

    @classmethod
    def of(cls, found: Found, currency: str) -> "DifferenceView":
        one, own = found.difference, found.own
        return cls.model_construct(
            kind=one.kind,
            uetr=one.name,
            transaction_id=own.transaction_id,
            ours=money.text(one.ours, currency),
            theirs=money.text(one.theirs, currency),
            state=own.state,
            expected_by=due_day(one.day).isoformat() if one.kind == "ours_only" else None,
        )


class ReconciliationView(View):
    date: str = Field(examples=["2026-11-30"])
    currency: str
    status: Outcome = Field(description="`no_statement`: none of the day has come, or not all of its pages")
    statement: NostroStatementView | None
    ledger: LedgerSideView
    differences: list[DifferenceView] = Field(description=f"At most {DIFFERENCES_MAX}")
    difference_count: int

    @classmethod
    def of(cls, made: Reconciliation) -> "ReconciliationView":
        status: Outcome = "differs" if made.found else "reconciled"
        return cls.model_construct(
            date=made.day.isoformat(),
            currency=made.currency,
            status=status if made.stated else "no_statement",
            statement=NostroStatementView.of(made.stated) if made.stated else None,
            ledger=LedgerSideView.model_construct(
                nostro=money.text(made.nostro, made.currency),
                not_advised=money.text(made.not_advised, made.currency),
                payments=made.payments,
            ),
            differences=[DifferenceView.of(one, made.currency) for one in made.found[:DIFFERENCES_MAX]],
            difference_count=len(made.found),
        )


class FeeView(View):
    """The transaction that has booked an entry without a payment."""

    id: Id = Field(examples=["txn_3C4Q83PZB5B6SVXT405KB0RFF7"])
    amount: Money = Field(description="Without a sign; the entry says who has paid")
    currency: str
    entry: str = Field(examples=["entry 2026-11-30 FEE-11"])
    reason: str
    posted_at: Timestamp

    @classmethod
    def of(cls, booked: Transaction) -> "FeeView":
        return cls.model_construct(
            id=booked.id,
            amount=money.text(booked.amount, booked.currency),
            currency=booked.currency,
            entry=booked.uetr,
            reason=booked.reason,
            posted_at=booked.posted_at,
        )
