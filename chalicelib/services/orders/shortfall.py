"""Warns of a day on which an account will not be covered, three days ahead.

The item of a shortfall is put once for an account and a day. The event follows from it, and so does the mail.
"""

from datetime import datetime, timedelta

from chalicelib import clock
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import moment, timestamp
from chalicelib.models import transact
from chalicelib.models.accounts.account import Account
from chalicelib.models.customers.customer import Customer
from chalicelib.models.orders.order import Order
from chalicelib.models.orders.shortfall import Shortfall
from chalicelib.services.orders import forecasts

DAYS_AHEAD = 3
AHEAD, DAY = timedelta(days=DAYS_AHEAD), timedelta(days=1)
"""How long before it is tried an order is looked at; and how often the run looks."""


def warn_if_needed(order_id: str, run_at: datetime, caller: Caller) -> bool:
    """Look at an order that is tried after a run, and return whether a warning was given.

    An order is looked at by the first run within three days of its next attempt, and by the first run after a change of
    the order. So an order that pays daily is looked at every day, one that pays monthly once.
    """
    order = Order.by_id(order_id)
    if order is None or order.status != "active" or not order.next_attempt_at:
        return False
    is_first_look = moment(order.next_attempt_at) > run_at + AHEAD - DAY
    is_changed = moment(str(order.updated_at)) > run_at - DAY
    return (is_first_look or is_changed) and warn(order, caller)


def warn(order: Order, caller: Caller) -> bool:
    """Warn of the first day on which the order's account is not covered, and return whether that was the first time.

    The next three days are looked at: what fails today is told by itself. The owner of the account gets a mail, whoever
    made the order. Doing it again changes nothing.
    """
    account = Account.by_id(order.from_account_id)
    if account is None or account.status != "active":
        return False
    forecast = forecasts.of_account(account, DAYS_AHEAD + 1, tells_incoming=True).forecast
    if forecast.shortfall_on is None or forecast.shortfall_on == forecast.days[0].date:
        return False
    day, owner = forecast.shortfall_on.isoformat(), Customer.by_id(account.customer_id)
    shortfall = Shortfall(
        *Shortfall.key(account.id, day),
        account_id=account.id,
        date=day,
        missing=forecast.missing,
        currency=account.currency,
        customer_ids=account.access().people(),
        user_id=owner.user_id if owner else None,
    )
    try:
        transact.commit([shortfall.stamp(caller, timestamp(clock.now())).put_if_absent()], caller.request_id)
    except transact.Cancelled as cancelled:
        if not cancelled.reasons[0].is_condition:
            raise
        return False
    return True
