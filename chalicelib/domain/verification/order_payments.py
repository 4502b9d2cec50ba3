"""Payments that the terms of an order allow, as the audit has them."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from chalicelib.domain.audit.record import Record
from chalicelib.domain.orders import execution
from chalicelib.domain.verification.checks import require
from chalicelib.domain.verification.effects import State, amounts_in

AT_ANOTHER_BANK = "another bank"
"""The payee of a payment over the clearing: who it is, is sealed."""


class OrderPayment(NamedTuple):
    """A payment that the terms of an order allow; the amount is in minor units."""

    order_id: str
    payer_id: str
    payee_id: str
    currency: str
    amount: int


def payments_of(record: Record, order: State) -> Iterator[OrderPayment]:
    payee_id = str(order.get("to_account_id") or AT_ANOTHER_BANK)
    sides = str(order["from_account_id"]), payee_id, str(order["currency"])
    for amount in amounts_in(order):
        yield OrderPayment(record.entity_id, *sides, amount)


def payment_in(transaction: State) -> OrderPayment:
    payer, payee, currency = (str(transaction.get(name)) for name in ("from_account_id", "to_account_id", "currency"))
    if transaction.get("transaction_type") == "payment":
        payee = AT_ANOTHER_BANK
    return OrderPayment(str(transaction["order_id"]), payer, payee, currency, int(transaction["amount"]))


def require_slot(where: str, record: Record, state: State) -> None:
    """Check that a payment of an order has the only id that its occurrence can have."""
    day = date.fromisoformat(str(state.get("occurrence")))
    require(f"{where}: order_id", execution.transaction_id(str(state["order_id"]), day), record.entity_id)
