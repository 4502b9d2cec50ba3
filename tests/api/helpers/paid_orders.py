"""Payments of orders as a run makes them, and what the verification says of the bank afterwards."""

from datetime import date

from chalicelib.models.orders.order import Order
from chalicelib.services.orders import payment
from chalicelib.services.progress import ignore
from chalicelib.services.verification.verify import verify_bank
from tests.api.helpers.stream import Stream


def pay_next(order_id: str, **changed: object) -> str:
    """Pay the next occurrence as a run does, by the order as stored or `changed`, and return the status."""
    order = Order.by_id(order_id)
    assert order
    occurrence = order.schedule.find(date.fromisoformat(str(order.next_date)))
    assert occurrence
    for name, value in changed.items():
        setattr(order, name, value)
    return str(payment.pay(order, occurrence, "run", is_last_attempt=True).transaction.status)


def broken(stream: Stream) -> str | None:
    stream.deliver()
    found = verify_bank(ignore).broken
    return found.where if found else None
