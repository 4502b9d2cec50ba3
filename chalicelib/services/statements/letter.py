"""The letterhead and the addressee of a printed statement."""

from chalicelib import config
from chalicelib.domain.statements.table import Addressee, Letterhead
from chalicelib.models.customers.customer import Address, Customer
from chalicelib.services.crypto import personal_fields


def letterhead() -> Letterhead:
    return Letterhead(config.bank_name(), tuple(config.bank_address()))


def addressee(customer_id: str) -> Addressee:
    """Read a customer's name and primary address; nothing for an erased one.

    Only here does a statement learn a name: two reads, and one for the key if it is not cached.
    """
    customer = Customer.by_id(customer_id)
    if customer is None:
        return Addressee("", ())
    primary_id = customer.book.primary_id
    address = Address.find(*Address.key(customer_id, primary_id)) if primary_id else None
    known: dict[str, str | None] = {}
    for fields in personal_fields.reveal([one for one in (customer, address) if one]):
        known |= fields
    name = _joined(known, "first_name", "middle_name", "last_name")
    town = _joined(known, "postal_code", "city")
    lines = [known.get("line1"), known.get("line2"), town, known.get("region"), known.get("country")]
    return Addressee(name, tuple(filter(None, lines)))


def _joined(known: dict[str, str | None], *names: str) -> str:
    return " ".join(filter(None, (known.get(name) for name in names)))
