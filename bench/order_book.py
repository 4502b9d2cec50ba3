"""A bank whose customers have standing orders, built straight into empty tables."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from functools import partial

from chalicelib.domain import ids
from chalicelib.domain.permissions import system
from chalicelib.models.accounts.account import Account
from chalicelib.models.identity.user import User
from chalicelib.models.item import Item
from chalicelib.models.orders.order import Order
from sampledata import population
from sampledata.books import new, unaudited
from sampledata.loading import Loader
from sampledata.population import Loaded, Population, populate

TELLERS = 4
AMOUNT_MINOR = 1_00
"""Less than any account has."""


@dataclass(frozen=True)
class OrderBook:
    """A bank with so many monthly orders of 1.00 that are due on one day, each from an account of its own.

    Each pays to an account that another order pays from, so each account but the first and the last of a teller's is
    posted to twice. `is_audited`: with the audit of all of it, which takes longer than all the rest.
    """

    orders: int
    due: date
    is_audited: bool

    @property
    def population(self) -> Population:
        return Population(self.orders + TELLERS, movements=1, tellers=TELLERS)


def load(book: OrderBook, processes: int) -> Loaded:
    """Build the bank at the tables of this process's stage. Raises ValueError where one stands already."""
    with nullcontext() if book.is_audited else unaudited():
        return populate(book.population, processes=processes, share=partial(_load_share, book))


def _load_share(book: OrderBook, _: Population, teller: int) -> int:
    with nullcontext() if book.is_audited else unaudited(), Loader() as loader:
        loader.put_all(_items(book, teller))
    return loader.items


def _items(book: OrderBook, teller: int) -> Iterator[Item]:
    """Yield the items of a teller's customers; each customer but the first has a user and an order."""
    payee: Account | None = None
    for item in population.items(book.population, teller):
        yield item
        if isinstance(item, Account) and item.customer_id:
            if payee:
                yield from _order(book, item, payee)
            payee = item


def _order(book: OrderBook, payer: Account, payee: Account) -> Iterator[Item]:
    """Yield the payer's user and its order."""
    caller, at = system("order-book"), str(payer.created_at)
    user = User.new(ids.with_prefix("usr", payer.id), payer.id, None, "customer", customer_id=payer.customer_id)
    user.email_verified_at = at
    yield from new(user.stamp(caller, at))
    order_id, due = ids.with_prefix("sto", payer.id), book.due.isoformat()
    fields = {
        "customer_id": payer.customer_id,
        "made_by": user.id,
        "from_account_id": payer.id,
        "to_account_id": payee.id,
        "currency": payer.currency,
        "amount": AMOUNT_MINOR,
        "unit": "month",
        "every": 1,
        "start": due,
        "business_days": "following",
        "next_date": due,
        "next_attempt_at": f"{due}T00:05:00.000000Z",
    }
    yield from new(Order.new(order_id, "standing_order", fields).stamp(caller, at))
