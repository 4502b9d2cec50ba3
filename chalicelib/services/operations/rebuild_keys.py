"""Moves customers and users to the keys by which today's rules find them, while the bank runs."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from chalicelib.domain.permissions import Caller
from chalicelib.models.batch import get_all
from chalicelib.models.customers.customer import Customer
from chalicelib.models.everything import partitions
from chalicelib.services.customers import search_keys
from chalicelib.services.identity import email_keys
from chalicelib.services.identity.email_keys import Moved
from chalicelib.services.progress import Progress

LOT = 33
"""Customers whose lookups are one batch of a hundred reads."""


@dataclass
class MovedKeys:
    search_keys: int = 0
    users: Moved = field(default_factory=Moved)


def rebuild(tell: Progress, caller: Caller) -> MovedKeys:
    """Read all customers and users once, and move the keys that differ."""
    moved, seen = MovedKeys(), 0
    for user_ids in partitions.staff_ids():
        email_keys.move_keys(user_ids, caller, moved.users)
    for customer_ids in _lots():
        moved.search_keys += search_keys.move_keys(customer_ids, caller)
        customers = get_all(Customer, map(Customer.key, customer_ids))
        email_keys.move_keys([str(one.user_id) for one in customers if one.user_id], caller, moved.users)
        seen += len(customer_ids)
        tell(f"{seen} customers: {moved.search_keys} search keys and {moved.users.count} addresses of users moved")
    return moved


def _lots() -> Iterator[list[str]]:
    for customer_ids in partitions.customer_ids():
        for start in range(0, len(customer_ids), LOT):
            yield customer_ids[start : start + LOT]
