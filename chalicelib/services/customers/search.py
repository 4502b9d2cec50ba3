"""Lists of customers: all of them, or those with an e-mail address, a phone, a last name, or an account number."""

from typing import cast

from chalicelib.domain.customers import search_key
from chalicelib.domain.customers.search_key import Field
from chalicelib.domain.errors import FieldError, InvalidCursor, ValidationFailed
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import get_all
from chalicelib.models.customers.customer import Customer
from chalicelib.models.paging import REFUSED, Page, Paging
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services.customers import people, search_index
from chalicelib.services.customers.people import Revealed


def page(asked: dict[str, str], paging: Paging) -> Page[Revealed[Customer]]:
    """Find customers, newest first: one query, and a read to fill the page.

    Raises ValidationFailed for more than one criterion.
    """
    if len(asked) > 1:
        detail = f"Search by one thing at a time, not by {', '.join(asked)}."
        raise ValidationFailed(detail, errors=tuple(FieldError(name, "goes without the others") for name in asked))
    if "account_number" in asked:
        return _of_account(asked["account_number"], paging)
    by = cast(dict[Field, str], asked)
    page = _page(by, paging)
    return Page([one for one in people.decrypt_all(page.items) if _has(one, by)], page.next_cursor)


def _of_account(account_number: str, paging: Paging) -> Page[Revealed[Customer]]:
    """Find the customer of an account number, through the number's guard and the account."""
    if paging.cursor is not None:
        raise InvalidCursor(REFUSED)
    guard = UniqueKey.find(*UniqueKey.number_key(account_number))
    account = Account.by_id(guard.owner_id) if guard else None
    owner = [Customer.key(account.customer_id)] if account and account.customer_id else []
    return Page(people.decrypt_all(get_all(Customer, owner)))


def _page(by: dict[Field, str], paging: Paging) -> Page[Customer]:
    """Return a page of the customers that are listed under the one value given, or of all."""
    for field, text in by.items():
        return search_index.page_of_value(field, text, paging)
    return Customer.page_of_all(paging)


def _has(found: Revealed[Customer], by: dict[Field, str]) -> bool:
    """Return whether the customer itself matches the search, because an index may be a moment behind."""
    return all(
        search_key.normalise(field, found.personal[field] or "") == search_key.normalise(field, text)
        for field, text in by.items()
    )
