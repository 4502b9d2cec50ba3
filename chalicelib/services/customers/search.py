"""Lists of customers: all of them, or those with an e-mail address, a phone, a last name, or an account number."""

from collections.abc import Iterable
from typing import cast

from chalicelib.domain.customers import search_key
from chalicelib.domain.customers.search_key import Field
from chalicelib.domain.errors import FieldError, InvalidCursor, ValidationFailed
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import batch_get
from chalicelib.models.customers.customer import ALL_CUSTOMERS, Customer
from chalicelib.models.item import BankItem
from chalicelib.models.paging import REFUSED, Page, Paging, query_page
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services.customers import people, search_index
from chalicelib.services.customers.people import Revealed


def page(asked: dict[str, str], paging: Paging) -> Page[Revealed[Customer]]:
    """Newest first: one query, and a read to fill it. Raises ValidationFailed for more than one thing asked for."""
    if len(asked) > 1:
        detail = f"Search by one thing at a time, not by {', '.join(asked)}."
        raise ValidationFailed(detail, errors=tuple(FieldError(name, "goes without the others") for name in asked))
    if "account_number" in asked:
        return _of_account(asked["account_number"], paging)
    by = cast(dict[Field, str], asked)
    partition = next((search_index.listed_under(field, text) for field, text in by.items()), ALL_CUSTOMERS)
    page = query_page(BankItem, partition, index="gsi1", limit=paging.limit, cursor=paging.cursor)
    return Page([one for one in _filled(item.pk for item in page.items) if _has(one, by)], page.next_cursor)


def _of_account(account_number: str, paging: Paging) -> Page[Revealed[Customer]]:
    """From the number's guard to the account, and to its customer: at most one."""
    if paging.cursor is not None:
        raise InvalidCursor(REFUSED)
    guard = UniqueKey.find(*UniqueKey.number_key(account_number))
    account = Account.by_id(guard.owner_id) if guard else None
    return Page(_filled([Customer.key(account.customer_id)[0]] if account and account.customer_id else []))


def _filled(partitions: Iterable[str]) -> list[Revealed[Customer]]:
    wanted = list(partitions)
    found = {item.pk: item for item in batch_get((pk, "CUSTOMER") for pk in wanted) if isinstance(item, Customer)}
    return people.decrypt_all(found[pk] for pk in wanted if pk in found)


def _has(found: Revealed[Customer], by: dict[Field, str]) -> bool:
    """Asked again of the customer itself, for an index may be a moment behind."""
    return all(
        search_key.normalised(field, found.personal[field] or "") == search_key.normalised(field, text)
        for field, text in by.items()
    )
