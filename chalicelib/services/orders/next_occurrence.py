"""The step of an order from one occurrence to the next, whoever takes it: a run, a skip, an edit or a resumption.

Write the values with `Order.change`, which moves the order's place in the lists too, and only if the order is still as
it was read. A run that has read the order before cannot pay it any more then. Write `payment.is_unpaid` in the same
transaction when the occurrence that is left behind was not paid.
"""

from datetime import date
from typing import Any

from chalicelib import config
from chalicelib.domain.orders import execution
from chalicelib.domain.orders.business_calendar import BusinessCalendar
from chalicelib.domain.time import timestamp
from chalicelib.models.orders.order import Order


def business_calendar() -> BusinessCalendar:
    """Return the calendar by which the bank moves executions."""
    return config.business_calendar()


def next_values(order: Order, after: date) -> dict[str, Any]:
    """Return the fields of an order whose occurrences up to a day, that day included, are over.

    Computed from the schedule that the order has now. Where no occurrence is left, the order ends. Status and reason
    are set in that case only: a suspended order stays suspended. An attempt may be in the past, for a run pays what is
    due late.
    """
    following = next((one for one in order.schedule.occurrences(after) if one.date > after), None)
    if following is None:
        return {"next_date": None, "next_attempt_at": None, "status": "ended", "reason": execution.COMPLETED}
    return {"next_date": following.date.isoformat(), "next_attempt_at": first_attempt_at(order, following.date)}


def first_attempt_at(order: Order, occurrence: date) -> str:
    """Return the moment, in UTC, from which an occurrence is due: the first attempt of its execution day."""
    day = order.schedule.execution_day(occurrence, business_calendar())
    return timestamp(execution.attempt_moments(day, config.timezone())[0])
