"""Schemas of forecasts."""

from typing import Annotated, Literal

from pydantic import Field

from chalicelib.domain import money
from chalicelib.domain.orders.forecast import ForecastDay, ForecastItem, ItemKind
from chalicelib.handlers.http.schemas import Money, Query, View, WholeNumber
from chalicelib.services.orders.forecasts import DAYS_MAX, AccountForecast

Day = Annotated[str, Field(description="One of the bank's days", examples=["2026-12-01"])]


class ForecastQuery(Query):
    days: Annotated[int, Field(ge=1, le=DAYS_MAX), WholeNumber] = 35


class ForecastItemView(View):
    kind: ItemKind
    direction: Literal["in", "out"]
    amount: Money
    order_id: str | None = Field(description="The standing order or scheduled payment; null for other kinds")

    @classmethod
    def of(cls, item: ForecastItem, currency: str) -> "ForecastItemView":
        return cls.model_construct(
            kind=item.kind,
            direction="in" if item.amount > 0 else "out",
            amount=money.text(abs(item.amount), currency),
            order_id=item.id or None,
        )


class ForecastDayView(View):
    date: Day
    items: list[ForecastItemView] = Field(description="What leaves the account first, for payments are made at 00:05")
    balance: Money = Field(description="At the end of the day")

    @classmethod
    def of(cls, day: ForecastDay, currency: str) -> "ForecastDayView":
        return cls.model_construct(
            date=day.date.isoformat(),
            items=[ForecastItemView.of(item, currency) for item in day.items],
            balance=money.text(day.balance, currency),
        )


class ForecastView(View):
    account_id: str
    currency: str
    balance: Money = Field(description="The balance now")
    overdraft_limit: Money
    days: list[ForecastDayView] = Field(description="From today on")
    shortfall_on: Day | None = Field(
        description="The first day on which the account would go below its overdraft limit; null if there is none"
    )
    missing: Money | None = Field(description="What is missing on that day; null if there is none")
    interest_included: bool = Field(
        description="False for an account with too many entries since its last interest to compute the next"
    )

    @classmethod
    def of(cls, found: AccountForecast) -> "ForecastView":
        account, forecast = found.account, found.forecast
        return cls.model_construct(
            account_id=account.id,
            currency=account.currency,
            balance=money.text(account.balance, account.currency),
            overdraft_limit=money.text(account.overdraft_limit, account.currency),
            days=[ForecastDayView.of(day, account.currency) for day in forecast.days],
            shortfall_on=forecast.shortfall_on.isoformat() if forecast.shortfall_on else None,
            missing=money.text(forecast.missing, account.currency) if forecast.shortfall_on else None,
            interest_included=found.has_interest,
        )
