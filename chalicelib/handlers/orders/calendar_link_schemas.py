"""Schemas of calendars and the links to them."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from chalicelib import config
from chalicelib.domain import money
from chalicelib.domain.orders.forecast import ForecastItem
from chalicelib.domain.orders.icalendar import CalendarEvent, write_calendar
from chalicelib.domain.time import start_of
from chalicelib.handlers.http.schemas import Query, View
from chalicelib.models.accounts.account import Account
from chalicelib.services.orders.forecasts import AccountForecast

SHORTFALL = "The account is not covered"


class CalendarQuery(Query):
    token: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(description="The link's token")


class CalendarLinkView(View):
    url: str = Field(
        description="Follows the API's address. This response alone has it; whoever knows it sees the calendar",
        examples=["/v1/accounts/acc_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z/calendar.ics?token=TOKEN_OF_THE_LINK"],
    )


def write_forecast(found: AccountForecast) -> str:
    """Return the calendar of an account: an event for each item, and one for the first day that is not covered.

    It names no other person and no other account.
    """
    account, forecast = found.account, found.forecast
    events = [_event(account, item, day.date) for day in forecast.days for item in day.items]
    if forecast.shortfall_on:
        events.append(CalendarEvent(_uid("shortfall", account.id), forecast.shortfall_on, SHORTFALL))
    return write_calendar(config.bank_name(), events, start_of(forecast.days[0].date, config.timezone()))


def _event(account: Account, item: ForecastItem, day: date) -> CalendarEvent:
    """Return the event of an item. An occurrence keeps its uid, even if it is paid on another day."""
    amount = money.text(abs(item.amount), account.currency)
    direction = "in" if item.amount > 0 else "out"
    summary = f"{amount} {account.currency} {direction}: {item.kind.replace('_', ' ')}"
    if item.occurrence:
        return CalendarEvent(_uid(item.id, item.occurrence.date.isoformat()), day, summary)
    return CalendarEvent(_uid(item.kind, account.id, day.isoformat()), day, summary)


def _uid(*parts: str) -> str:
    return f"{'-'.join(parts)}@florin"
