"""What an account will look like: its orders, what is held, and the interest to come, day by day."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from chalicelib import config
from chalicelib.domain.interest import carried_fraction
from chalicelib.domain.interest.expected import UnpaidInterest, project_credits
from chalicelib.domain.orders.forecast import Forecast, ForecastItem, project, walk_executions
from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import get_all
from chalicelib.models.orders.order import Order
from chalicelib.services.accounts import accounts
from chalicelib.services.interest import terms
from chalicelib.services.interest.accrual import daily_changes, unpaid, yesterday

DAYS_MAX = 92
ENTRIES_MAX = 2_000
"""Of the days without interest. Beyond it a forecast has none: it would read too much for a request."""


@dataclass(frozen=True)
class AccountForecast:
    """`account` is as it was read. `has_interest` is false where interest could not be computed."""

    account: Account
    forecast: Forecast
    has_interest: bool


def read(caller: Caller, account_id: str, days: int) -> AccountForecast:
    """Project an account's balance over days, today included. Raises NotFound.

    Joint holders are told what leaves the account. What its owner plans to pay into it from other accounts is told to
    the owner and to those who see everything: a joint holder may not see those accounts.
    """
    account = accounts.get(caller, account_id)
    is_owner = caller.customer_id == account.customer_id
    return of_account(account, days, tells_incoming=is_owner or caller.sees_everything)


def of_account(account: Account, days: int, *, tells_incoming: bool) -> AccountForecast:
    """Project the balance of an account that has been read, with at most two queries a hundred orders, and those of
    its entries and rates.
    """
    today = yesterday() + timedelta(days=1)
    until = today + timedelta(days=days - 1)
    items = [*_pending(account, today), *_order_items(account, until, tells_incoming=tells_incoming)]
    interest = _interest(account, items, today, until)
    forecast = project(account.balance, account.overdraft_limit, [*items, *(interest or ())], today, days)
    return AccountForecast(account, forecast, interest is not None)


def _pending(account: Account, today: date) -> Iterator[ForecastItem]:
    """Yield what is held: it leaves when what it is held for is posted, which may be at any moment."""
    if account.held:
        yield ForecastItem(today, -account.held, "pending")


def _order_items(account: Account, until: date, *, tells_incoming: bool) -> Iterator[ForecastItem]:
    for order in _open_orders(account):
        sign = -1 if order.from_account_id == account.id else 1
        if order.status != "active" or not order.next_date or (sign == 1 and not tells_incoming):
            continue
        start = date.fromisoformat(order.next_date)
        for day, occurrence in walk_executions(order.schedule, start, until, config.business_calendar()):
            amount = sign * order.amounts.of(occurrence)
            yield ForecastItem(day, amount, order.kind, order.id, occurrence)


def _open_orders(account: Account) -> Iterator[Order]:
    """Yield the owner's open orders that pay from the account or into it."""
    for keys in Order.open_keys(account.customer_id) if account.customer_id else ():
        for order in get_all(Order, keys):
            if account.id in (order.from_account_id, order.to_account_id):
                yield order


def _interest(account: Account, items: Iterable[ForecastItem], today: date, until: date) -> list[ForecastItem] | None:
    """Return the credits of interest to come, or None for an account with too many entries to compute them."""
    if account.status == "closed" or account.account_type == "general_ledger":
        return []
    since = unpaid(account, until).start
    past = daily_changes(account, since, ENTRIES_MAX)
    if past is None:
        return None
    balance, changes = past[0], Counter(past[1])
    for item in items:
        changes[max(item.date, today)] += item.amount
    carried = carried_fraction.parse(account.interest_carried or "0")
    to_come = UnpaidInterest(since, balance, changes, carried)
    of_product = terms.of(account.account_type)
    return [ForecastItem(day, amount, "interest") for day, amount in project_credits(of_product, to_come, today, until)]
