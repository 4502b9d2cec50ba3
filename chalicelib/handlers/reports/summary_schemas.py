"""Schemas of requests and responses about sums."""

from collections import Counter
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from chalicelib.domain import money
from chalicelib.domain.days import Days
from chalicelib.domain.ledger.posting import TransactionType as EntryType
from chalicelib.domain.reports.period import By
from chalicelib.handlers.http.schemas import Category, Currency, Money, Query, View
from chalicelib.handlers.interest.interest_schemas import Day
from chalicelib.services.reports.summary import Dimensions, Lines, Summary
from chalicelib.services.reports.trial_balance import TrialBalance

IdAsked = Annotated[str, StringConstraints(max_length=64)]


class SummaryQuery(Query):
    from_: Day | None = Field(default=None, alias="from", description="By default the first day of the month of `to`")
    to: Day | None = Field(default=None, description="Inclusive; by default today")
    by: By = Field(default="day", description="Weeks begin on Monday")
    account_id: IdAsked | None = None
    customer_id: IdAsked | None = Field(default=None, description="For staff: all accounts of a customer")
    branch_id: IdAsked | None = Field(default=None, description="For staff: transactions made at a branch")
    type: EntryType | None = None
    category: Category | None = None
    currency: Currency | None = None


class TrialBalanceQuery(Query):
    as_of: Day | None = Field(default=None, description="The balances at the end of this day; by default today, so far")


class LineView(View):
    """Totals.

    For the bank or a branch a line counts transactions; for accounts and categories, sides of transactions.
    """

    type: EntryType = Field(examples=["transfer"])
    category: str | None = Field(description="null without a category, and if the request does not ask for categories")
    currency: Currency
    count: int = Field(examples=[3])
    amount: Money
    total_in: Money = Field(description="The sum that arrived on customers' accounts")
    total_out: Money = Field(description="The sum that left customers' accounts")

    @classmethod
    def of(cls, of: Dimensions, figures: Counter[str]) -> "LineView":
        texts: dict[str, Any] = {
            name: money.text(figures[figure], of.currency)
            for name, figure in (("amount", "amount"), ("total_in", "in"), ("total_out", "out"))
        }
        told: dict[str, Any] = {"type": of.type, "category": of.category or None, "currency": of.currency}
        return cls.model_construct(**told, count=figures["count"], **texts)


class CategoryView(View):
    """Totals of a category over the whole range, of all types."""

    category: str | None = Field(description="null without a category")
    currency: Currency
    total_in: Money
    total_out: Money
    net: Money = Field(description="Signed: total_in minus total_out. A refund reduces what its category has cost")

    @classmethod
    def of(cls, category: str, currency: str, figures: Counter[str]) -> "CategoryView":
        texts: dict[str, Any] = {
            "total_in": money.text(figures["in"], currency),
            "total_out": money.text(figures["out"], currency),
            "net": money.text(figures["in"] - figures["out"], currency),
        }
        return cls.model_construct(category=category or None, currency=currency, **texts)


class PeriodView(View):
    from_: Day = Field(alias="from")
    to: Day
    lines: list[LineView]


class SummaryView(View):
    from_: Day = Field(alias="from")
    to: Day
    by: By = Field(examples=["month"])
    periods: list[PeriodView] = Field(description="Oldest first; the range may shorten the first and the last period")
    totals: list[LineView] = Field(description="Totals of the whole range")
    categories: list[CategoryView] = Field(description="The same by category, with refunds netted")

    @classmethod
    def of(cls, summary: Summary) -> "SummaryView":
        periods = [
            PeriodView.model_construct(**_range(period.days), lines=_lines(period.lines)) for period in summary.periods
        ]
        return cls.model_construct(
            **_range(summary.wanted.days),
            by=summary.wanted.by,
            periods=periods,
            totals=_lines(summary.totals()),
            categories=_categories(summary),
        )


class BookView(View):
    """A line of the trial balance: one of the two columns is the balance, the other is zero."""

    account: str = Field(
        description="A general-ledger account with its shards added up; `customers`: all customer accounts",
        examples=["gl.cash.brn_00000000000000000000000000.USD"],
    )
    currency: Currency
    debit: Money
    credit: Money = Field(examples=["0.00"])


class BooksTotalView(View):
    currency: Currency
    debit: Money
    credit: Money


class TrialBalanceView(View):
    as_of: Day
    accounts: list[BookView]
    totals: list[BooksTotalView] = Field(description="One per currency; debits equal credits")

    @classmethod
    def of(cls, found: TrialBalance) -> "TrialBalanceView":
        columns = {key: (max(-balance, 0), max(balance, 0)) for key, balance in found.balances.items()}
        totals: dict[str, list[int]] = {}
        for (currency, _), (debit, credit) in columns.items():
            total = totals.setdefault(currency, [0, 0])
            total[0] += debit
            total[1] += credit
        accounts = [
            BookView.model_construct(account=account, currency=currency, **_columns(currency, *both))
            for (currency, account), both in columns.items()
        ]
        sums = [BooksTotalView.model_construct(currency=name, **_columns(name, *both)) for name, both in totals.items()]
        return cls.model_construct(as_of=found.as_of.isoformat(), accounts=accounts, totals=sums)


def _columns(currency: str, debit: int, credit: int) -> dict[str, Any]:
    return {"debit": money.text(debit, currency), "credit": money.text(credit, currency)}


def _range(days: Days) -> dict[str, Any]:
    return {"from_": days.start.isoformat(), "to": days.last.isoformat()}


def _lines(lines: Lines) -> list[LineView]:
    """Return the lines without those that are zero, as when everything has moved to another category."""
    return [LineView.of(of, lines[of]) for of in sorted(lines) if any(lines[of].values())]


def _categories(summary: Summary) -> list[CategoryView]:
    found = summary.by_category().items()
    return [CategoryView.of(*of, figures) for of, figures in found if any(figures.values())]
