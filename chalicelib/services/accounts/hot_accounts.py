"""Accounts that many want at once, as staff see them."""

from chalicelib import clock
from chalicelib.models.ledger.hot_account import HotAccount
from chalicelib.models.paging import Page, Paging


def list_hot(paging: Paging) -> Page[HotAccount]:
    """Return a page of the accounts whose posts were committed in groups within the last hour."""
    return HotAccount.page(paging, clock.now())
