"""Orders put into the table as the bank stores them, for tests of what reads them."""

from chalicelib import clock
from chalicelib.domain import ids
from chalicelib.domain.permissions import Caller, system
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.orders.order import PREFIX, Order, OrderKind
from chalicelib.services.orders import attempts
from chalicelib.services.orders.attempt_plan import AttemptPlan
from tests.api.helpers.bank import Json, User


def planted(payer: User, account: Json, to_account_id: str, amount: int, start: str, **fields: object) -> Order:
    """An order of the payer, monthly unless told; `amount` is in minor units."""
    kind: OrderKind = "scheduled_payment" if fields.get("times") == 1 else "standing_order"
    order_id = ids.new_id(PREFIX[kind], clock.now())
    order = Order(
        *Order.key(order_id),
        id=order_id,
        kind=kind,
        customer_id=payer.customer_id,
        made_by=payer.user_id,
        from_account_id=account["id"],
        to_account_id=to_account_id,
        currency=account["currency"],
        amount=amount,
        unit="month",
        every=1,
        start=start,
        business_days="none",
        next_date=start,
        next_attempt_at=f"{start}T00:05:00.000000Z",
    )
    for name, value in fields.items():
        setattr(order, name, value)
    for name, value in order.index_values().items():
        setattr(order, name, value)
    return order.stamp(Caller(payer.user_id, "customer", "planted", payer.customer_id), timestamp(clock.now())).put()


def make_attempt(order: Order) -> None:
    """Make the next attempt of an order now, as a run does."""
    bank = system("run")

    def commit(planned: AttemptPlan) -> None:
        transact.commit(planned.actions, bank.request_id)

    assert attempts.make_due(order.id, str(order.next_attempt_at), bank, commit) == 1
