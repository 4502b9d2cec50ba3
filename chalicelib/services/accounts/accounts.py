"""Accounts: seen by their owners, joint holders, staff and auditors. Changed in `changes.py`."""

from chalicelib.domain import errors, ids
from chalicelib.domain.accounts.access import Wanted
from chalicelib.domain.errors import ValidationFailed
from chalicelib.domain.ledger.balance import Status
from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts import closed_account
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import get_all
from chalicelib.models.paging import Page, Paging


def get(caller: Caller, account_id: str, wanted: Wanted = "view") -> Account:
    """Read an account with which the caller may do this.

    Raises NotFound, also for another customer's account, Forbidden for a joint holder without the right, and
    ConflictOfInterest for staff who want to change an account of their own.
    """
    account = find(account_id)
    account.access().require(caller, wanted)
    return account


def list_of_customer(
    caller: Caller, customer_id: str | None, paging: Paging, status: Status | None = None
) -> Page[Account]:
    """List the accounts that a customer owns or holds, the last opened first. Staff and auditors name the customer."""
    customer_id = _whose(caller, customer_id)
    page = Account.page_of_customer(customer_id, paging)
    found = [account for account in page.items if status in (None, account.status)]
    return Page([account for account in found if account.access().level_of(customer_id)], page.next_cursor)


def ids_of_customer(caller: Caller, customer_id: str | None) -> list[str]:
    """Return every account that a customer has ever owned, and those that it holds or held until a moment ago."""
    return Account.ids_of_customer(_whose(caller, customer_id))


def ids_by_owner(caller: Caller) -> dict[str, list[str]]:
    """Return the ids of the accounts that the caller, a customer, owns or holds, by the accounts' owners.

    Accounts that it holds jointly are read, all with one call: they say who owns them, and whether it still may see
    them.
    """
    customer_id = _whose(caller, None)
    found = Account.own_by_id(customer_id)
    own = [account_id for account_id, is_own in found.items() if is_own]
    wanted = {customer_id: own} if own else {}
    joint = get_all(Account, [Account.key(account_id) for account_id, is_own in found.items() if not is_own])
    for account in joint:
        if account.access().level_of(customer_id):
            wanted.setdefault(str(account.customer_id), []).append(account.id)
    return wanted


def list_closed(paging: Paging) -> Page[Account]:
    """List closed accounts, the last closed first."""
    return closed_account.page(paging)


def find(account_id: str) -> Account:
    """Read an account without a check of access. Raises NotFound."""
    account = Account.by_id(account_id) if ids.is_id("acc", account_id) else None
    if account is None:
        raise errors.unknown("account", account_id)
    return account


def _whose(caller: Caller, customer_id: str | None) -> str:
    """Return the customer whose accounts are requested: the caller, or the one that staff name."""
    if not caller.sees_everything:
        customer_id = customer_id or caller.customer_id
        if customer_id != caller.customer_id:
            raise errors.unknown("customer", customer_id)
    if customer_id is None:
        raise ValidationFailed.of("customer_id", "is required: whose accounts?")
    return customer_id
