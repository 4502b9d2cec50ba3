"""Lookups of customers: an item per field, listed under a keyed hash of the field's value.

The item is updated in place, in the transaction that changes the value, and on no list where the value is not known.
"""

from typing import ClassVar, cast

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.customers.search_key import Field
from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.customers.customer import Customer
from chalicelib.models.item import Action
from chalicelib.models.paging import Page, Paging, query_listed
from chalicelib.models.personal import ErasableItem


def _partition(value_hmac: str) -> str:
    return f"LOOKUP#{value_hmac}"


def _listing(customer: Customer, value_hmac: str | None) -> dict[str, str | None]:
    """Return the index keys of a lookup; without a value it is on no list."""
    if value_hmac is None:
        return {"gsi1pk": None, "gsi1sk": None}
    return {"gsi1pk": _partition(value_hmac), "gsi1sk": customer.created_at}


class Lookup(ErasableItem, discriminator="lookup"):
    """Listed by when its customer came to the bank. Whoever is erased is found by nothing any more."""

    also_erased: ClassVar[tuple[str, ...]] = ("gsi1pk", "gsi1sk")
    customer_id = UnicodeAttribute()

    @property
    def field(self) -> Field:
        return cast(Field, str(self.sk).partition("#")[2])

    @staticmethod
    def key(customer_id: str, field: Field) -> tuple[str, str]:
        return keys.customer(customer_id), f"LOOKUP#{field}"

    @staticmethod
    def page_of_value(value_hmac: str, paging: Paging) -> Page[Customer]:
        """Return a page of the customers who have a value, newest first."""
        return query_listed(Customer, _partition(value_hmac), paging, key=lambda row: Customer.key(keys.id_in(row.pk)))

    @classmethod
    def new(cls, customer: Customer, field: Field, value_hmac: str) -> "Lookup":
        """List a new customer under a value of a field."""
        item = cls(*cls.key(customer.id, field), customer_id=customer.id)
        item.gsi1pk, item.gsi1sk = _partition(value_hmac), customer.created_at
        return item

    @classmethod
    def list_under(cls, customer: Customer, field: Field, value_hmac: str | None, caller: Caller, at: str) -> Action:
        """List the customer under another value of a field, under none with None. Commit it with the change itself."""
        item = cls(*cls.key(customer.id, field))
        actions = [
            cls.type.set(cls),
            cls.customer_id.set(customer.id),
            cls.created_at.set(cls.created_at | at),
            *cls.setting(_listing(customer, value_hmac)),
        ]
        return {"Update": item.get_update_kwargs_from_instance(item.stamp_changes(actions, caller, at))}

    def relist(self, customer: Customer, value_hmac: str | None, caller: Caller, at: str) -> Action | None:
        """List the customer under a value, if the item is still as it was read; None where it is listed so."""
        listing = _listing(customer, value_hmac)
        return self.set_as_read(listing, caller, at) if self.gsi1pk != listing["gsi1pk"] else None
