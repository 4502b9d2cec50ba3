"""Keeps the lookups of customers by e-mail address, phone and last name up to date. They are never readable."""

from collections.abc import Mapping

from chalicelib.domain.customers import search_key
from chalicelib.domain.permissions import Caller
from chalicelib.models.customers.customer import Customer
from chalicelib.models.customers.search_index import Lookup
from chalicelib.models.item import Action
from chalicelib.models.paging import Page, Paging
from chalicelib.services.crypto import bank_keys


def page_of_value(field: search_key.Field, text: str, paging: Paging) -> Page[Customer]:
    """Return a page of the customers with this value, newest first, by an index that may be a moment behind."""
    return Lookup.page_of_value(bank_keys.lookup_hmac(field, text), paging)


def move_lookups(customer: Customer, changed: Mapping[str, str | None], caller: Caller, at: str) -> list[Action]:
    """Return the actions that move the customer's lookups. They commit with the change. `changed` is plaintext."""
    hmacs = {field: hmac_of(field, changed[field]) for field in search_key.FIELDS if field in changed}
    return [Lookup.list_under(customer, field, value_hmac, caller, at) for field, value_hmac in hmacs.items()]


def hmac_of(field: search_key.Field, text: str | None) -> str | None:
    """Return the key under which a value is listed, None for no value."""
    return bank_keys.lookup_hmac(field, text) if text else None
