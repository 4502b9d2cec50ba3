"""Customers: made by registering or by staff, seen and edited by themselves and by staff; the one way to change one."""

from dataclasses import dataclass, field

from chalicelib import aws, clock
from chalicelib.domain import conflict_of_interest, errors, ids
from chalicelib.domain.customers import kyc
from chalicelib.domain.customers.address_book import AddressBook
from chalicelib.domain.errors import Conflict
from chalicelib.domain.if_match import IfMatch
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.customers.customer import Address, Customer
from chalicelib.models.item import Action
from chalicelib.models.transact import Extra
from chalicelib.services import idempotency
from chalicelib.services.crypto import data_keys, personal_fields
from chalicelib.services.crypto.personal_fields import Fields
from chalicelib.services.customers import people, search_index
from chalicelib.services.customers.people import Revealed


@dataclass(frozen=True)
class NewCustomer:
    """`personal` are fields of the customer, `address` those of its first address, in clear."""

    personal: Fields = field(repr=False)
    address: Fields | None = field(default=None, repr=False)
    user_id: str | None = None


def find(caller: Caller, customer_id: str) -> Customer:
    """Read a customer. Raises NotFound, also for another customer."""
    customer = Customer.by_id(customer_id) if ids.is_id("cus", customer_id) and caller.sees(customer_id) else None
    if customer is None:
        raise errors.unknown("customer", customer_id)
    return customer


def require_changeable(caller: Caller, customer: Customer) -> None:
    """Raise Conflict for a customer who is erased or being erased, ConflictOfInterest for staff who are this customer.

    Change customers on the condition that they are as read.
    """
    conflict_of_interest.require_other_customer(caller, customer.id)
    if customer.status != "active":
        raise Conflict(personal_fields.ERASED)


def unless_erased(customer_id: str) -> Extra:
    """Return the check that a customer is not erased when others commit with it. Raises Conflict.

    Whatever is stored of a customer in plaintext needs it: a request may be under way when an erasure begins, and the
    stream tells of a payment later. Encrypted fields do not: their key is destroyed.
    """
    return Extra(Customer.is_still_active(customer_id), Conflict(personal_fields.ERASED))


def get(caller: Caller, customer_id: str) -> Revealed[Customer]:
    """Read a customer with its personal fields. Raises NotFound, also for another customer."""
    return people.decrypt_all([find(caller, customer_id)])[0]


def create(caller: Caller, idempotency_key: IdempotencyKey | None, new: NewCustomer) -> tuple[Revealed[Customer], bool]:
    """Create a customer without a user, and return whether an earlier request under the same key had created it."""
    now = clock.now()
    at, customer_id = timestamp(now), ids.new_id("cus", now)
    actions = create_items(customer_id, new, caller, at)
    customer_id, replayed = idempotency.commit_once(caller, idempotency_key, customer_id, actions, at)
    with aws.unknown_outcome_on_error():
        return get(caller, customer_id), replayed


def create_items(customer_id: str, new: NewCustomer, caller: Caller, at: str) -> list[Action]:
    """Return the actions that create a customer: its item, data key, first address and lookups."""
    data_key = data_keys.new(customer_id, caller, at)
    customer = Customer.new(customer_id, at, user_id=new.user_id).stamp(caller, at)
    known = {name: text for name, text in new.personal.items() if text is not None}
    if customer.CONTACT & known.keys():
        customer.contact_set_at, customer.contact_set_by = at, caller.user_id
    people.encrypt(customer, known)
    actions = search_index.move_lookups(customer, known, caller, at)
    if new.address:
        address = Address.new(customer_id, ids.new_id("adr", clock.now())).stamp(caller, at)
        book = AddressBook().with_address(address.id, is_primary=True)
        customer.address_ids, customer.primary_address_id = list(book.ids), book.primary_id
        actions.append(people.encrypt(address, new.address).put_if_absent())
    return [customer.put_if_absent(), data_key, *actions]


@transact.until_committed
def edit(caller: Caller, customer_id: str, edits: Fields, matching: IfMatch) -> Revealed[Customer]:
    """Change personal fields; None removes one.

    Another name or birthday needs another verification. Raises Conflict when `matching` (If-Match) is outdated.
    """
    found = get(caller, customer_id)
    customer, changed = found.item, found.changed(edits)
    require_changeable(caller, customer)
    matching.require(customer.version)
    if not changed:
        return found
    if "email" in changed and customer.user_id:
        raise Conflict("The customer signs in with this email address, so it cannot be changed here.")
    at = timestamp(clock.now())
    values = people.encrypted_fields(customer, changed)
    if customer.CONTACT & changed.keys():
        values |= {"contact_set_at": at, "contact_set_by": caller.user_id}
    if kyc.is_outdated(customer.kyc_status, changed):
        values |= customer.UNREVIEWED
    actions = [customer.set_as_read(values, caller, at), *search_index.move_lookups(customer, changed, caller, at)]
    transact.commit(actions, caller.request_id)
    with aws.unknown_outcome_on_error():
        return get(caller, customer_id)
