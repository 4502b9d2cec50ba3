"""Lists customers under the search keys of today's rules, while the bank runs: `search_key` may have changed."""

from collections.abc import Iterable, Iterator

from chalicelib import clock
from chalicelib.domain.customers.search_key import FIELDS
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.batch import get_all
from chalicelib.models.customers.customer import Customer
from chalicelib.models.customers.search_index import Lookup
from chalicelib.models.item import Action
from chalicelib.services.customers import people, search_index
from chalicelib.services.customers.people import Revealed


def move_keys(customer_ids: list[str], caller: Caller) -> int:
    """Move the lookups of some customers whose keys are old ones, and return how many moved. Others are only read."""
    return sum(_commit(action, caller) for action in _actions(customer_ids, caller))


def _actions(customer_ids: list[str], caller: Caller) -> Iterator[Action]:
    """Yield the moves of some customers' lookups.

    Lookups are read first: a customer that is edited after that has moved its lookups, and the move here is refused.
    """
    lookups = get_all(Lookup, [Lookup.key(one, field) for one in customer_ids for field in FIELDS])
    customers = {one.item.id: one for one in people.decrypt_all(get_all(Customer, map(Customer.key, customer_ids)))}
    at = timestamp(clock.now())
    for lookup in lookups:
        yield from _moves(lookup, customers.get(lookup.customer_id), caller, at)


def _moves(lookup: Lookup, found: Revealed[Customer] | None, caller: Caller, at: str) -> Iterable[Action]:
    if found is None or found.item.status != "active":
        return []
    value_hmac = search_index.hmac_of(lookup.field, found.personal[lookup.field])
    action = lookup.relist(found.item, value_hmac, caller, at)
    return [action] if action else []


def _commit(action: Action, caller: Caller) -> bool:
    """Return whether the lookup was moved, and not by an edit meanwhile."""
    try:
        transact.commit([action], caller.request_id)
    except transact.Cancelled:
        return False
    return True
