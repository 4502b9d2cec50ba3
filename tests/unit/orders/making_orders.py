"""Orders of customer 1 in a small bank, made and changed by the services."""

from typing import Any

from chalicelib.domain.permissions import Caller
from chalicelib.models.orders.order import Order, OrderKind
from chalicelib.services.orders import orders
from chalicelib.services.orders.payees import OrderPayee
from chalicelib.services.orders.terms import Terms
from tests.small_bank import A, B, SmallBank, customer

OWNER, PAYEE, PAYER, VIEWER = customer(1), customer(2), customer(3), customer(4)
"""The owner of account A, that of account B, and joint holders of A."""
FIRST = "2026-12-01"


def monthly(**fields: Any) -> Terms:
    """Return the terms of 12.50 a month from A, from 1 December on."""
    given: dict[str, Any] = {"from_account_id": A, "amount": "12.50", "start": FIRST, "unit": "month"}
    return Terms(**given | {"to_account_id": B} | fields)


def make(
    bank: SmallBank,
    caller: Caller = OWNER,
    pin: str | None = None,
    kind: OrderKind = "standing_order",
    **fields: Any,
) -> Order:
    to_account_id = fields.pop("to_account_id", B)
    terms = monthly(to_account_id=None, **fields)
    return orders.make(caller, bank.key(caller), kind, terms, pin, payee=OrderPayee(account_id=to_account_id))[0]


def read(order: Order) -> Order:
    found = Order.by_id(order.id)
    assert found
    return found
