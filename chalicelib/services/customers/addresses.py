"""A customer's addresses.

Which there are, and which is primary, stands on the customer: whoever changes that conditions on the customer as read,
so that of two at once the second decides again.
"""

from dataclasses import dataclass, field

from chalicelib import aws, clock
from chalicelib.domain import errors, ids
from chalicelib.domain.customers.country import require_postal_code
from chalicelib.domain.errors import InvalidCursor, NotFound, ValidationFailed
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.batch import batch_get
from chalicelib.models.customers.customer import Address, Customer
from chalicelib.models.paging import REFUSED, Page, Paging, decode_cursor, encode_cursor
from chalicelib.services import idempotency
from chalicelib.services.crypto.personal_fields import Fields
from chalicelib.services.customers import customers, people
from chalicelib.services.customers.people import Revealed


@dataclass(frozen=True)
class Located:
    """An address, and the customer that it is of."""

    customer: Customer
    address: Revealed[Address] = field(repr=False)

    @property
    def is_primary(self) -> bool:
        return bool(self.customer.primary_address_id == self.address.item.id)


def get(caller: Caller, customer_id: str, address_id: str) -> Located:
    """Read an address, in one call. Raises NotFound, also for another customer's and for a deleted one."""
    customer, address = _read(caller, customer_id, address_id)
    return Located(customer, people.decrypt_all([address])[0])


def page(caller: Caller, customer_id: str, paging: Paging) -> Page[Located]:
    """List addresses, newest first: the customer, and a read to fill the page."""
    customer = customers.find(caller, customer_id)
    scope = f"addresses {customer_id}"
    after = _after(paging.cursor, scope) if paging.cursor is not None else None
    wanted = [one for one in sorted(customer.address_ids, reverse=True) if after is None or one < after]
    chosen = wanted[: paging.limit]
    read = batch_get(Address.key(customer_id, one) for one in chosen)
    found = {one.item.id: one for one in people.decrypt_all(item for item in read if isinstance(item, Address))}
    cursor = encode_cursor({"id": chosen[-1]}, scope) if len(wanted) > len(chosen) else None
    return Page([Located(customer, found[one]) for one in chosen if one in found], cursor)


@transact.until_committed
def add(
    caller: Caller,
    idempotency_key: IdempotencyKey | None,
    customer_id: str,
    fields: Fields,
    *,
    is_primary: bool,
    matching: IfMatch = ANY_VERSION,
) -> tuple[Located, bool]:
    """Add an address, and return whether an earlier request under the same key had added it.

    Raises Conflict when there are too many, or when `matching` (If-Match, with the customer's ETag) is outdated.
    """
    earlier = idempotency.find_earlier(idempotency_key)
    if earlier:
        return get(caller, customer_id, earlier), True
    customer = customers.find(caller, customer_id)
    customers.require_changeable(caller, customer)
    matching.require(customer.version)
    now = clock.now()
    at, address = timestamp(now), Address.new(customer_id, ids.new_id("adr", now))
    book = customer.book.with_address(address.id, is_primary=is_primary)
    people.encrypt(address.stamp(caller, at), fields)
    actions = [customer.keep(book, caller, at), address.put_if_absent()]
    address_id, replayed = idempotency.commit_once(caller, idempotency_key, address.id, actions, at)
    with aws.unknown_outcome_on_error():
        return get(caller, customer_id, address_id), replayed


@transact.until_committed
def edit(
    caller: Caller, customer_id: str, address_id: str, edits: Fields, *, is_primary: bool, matching: IfMatch
) -> Located:
    """Edit the address, or make it the primary one. Raises Conflict when `matching` (If-Match) is outdated."""
    found = get(caller, customer_id, address_id)
    customer, address = found.customer, found.address.item
    customers.require_changeable(caller, customer)
    matching.require(address.version)
    _require_complete({**found.address.personal, **edits})
    changed, at, actions = found.address.changed(edits), timestamp(clock.now()), []
    if is_primary and not found.is_primary:
        actions.append(customer.keep(customer.book.with_primary(address_id), caller, at))
    if changed:
        actions.append(address.set_as_read(people.encrypted_fields(address, changed), caller, at))
    if not actions:
        return found
    if not changed and matching.is_given:
        actions.append(address.is_as_read())
    transact.commit(actions, caller.request_id)
    with aws.unknown_outcome_on_error():
        return get(caller, customer_id, address_id)


@transact.until_committed
def delete(caller: Caller, customer_id: str, address_id: str, matching: IfMatch) -> None:
    """Blank the address. If it was primary, the oldest of the others becomes primary."""
    customer, address = _read(caller, customer_id, address_id)
    customers.require_changeable(caller, customer)
    matching.require(address.version)
    at = timestamp(clock.now())
    actions = [customer.keep(customer.book.without(address_id), caller, at), address.withdraw(caller, at)]
    transact.commit(actions, caller.request_id)


def _require_complete(fields: Fields) -> None:
    """Raise ValidationFailed for an address whose country needs a postal code that it lacks."""
    try:
        require_postal_code(fields["country"], fields["postal_code"])
    except ValueError as error:
        raise ValidationFailed.of("postal_code", str(error)) from None


def _after(cursor: str, scope: str) -> str:
    last_id = decode_cursor(cursor, scope).get("id")
    if last_id is None:
        raise InvalidCursor(REFUSED)
    return last_id


def _read(caller: Caller, customer_id: str, address_id: str) -> tuple[Customer, Address]:
    customer, address = None, None
    if ids.is_id("cus", customer_id) and ids.is_id("adr", address_id) and caller.sees(customer_id):
        for item in batch_get([Customer.key(customer_id), Address.key(customer_id, address_id)]):
            if isinstance(item, Customer):
                customer = item
            elif isinstance(item, Address) and not item.withdrawn_at:
                address = item
    if customer is None or address is None:
        raise NotFound(f"This customer has no address {errors.shorten(address_id)}.")
    return customer, address
