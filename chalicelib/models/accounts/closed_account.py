"""That an account was closed: the list of closed accounts, newest first."""

from pynamodb.attributes import UnicodeAttribute

from chalicelib.models import keys
from chalicelib.models.accounts.account import Account
from chalicelib.models.item import BankItem
from chalicelib.models.paging import Page, Paging, query_listed

ALL = "CLOSED"
"""The index partition in which closed accounts are listed."""


class Closure(BankItem, discriminator="closure"):
    account_id = UnicodeAttribute()

    @classmethod
    def new(cls, account_id: str, closed_at: str) -> "Closure":
        return cls(keys.account(account_id), "CLOSURE", account_id=account_id, gsi1pk=ALL, gsi1sk=closed_at)


def page(paging: Paging) -> Page[Account]:
    """Return a page of closed accounts, the last closed first."""
    return query_listed(Account, ALL, paging, key=lambda row: Account.key(keys.id_in(row.pk)))
