"""The transactions of customers' accounts: what was posted on them, what waits or was given up, what was refused.

An account's list has what was posted on it and what it was to pay. A refused payment has touched no account: only the
customer who requested it has it in its lists.
"""

from collections.abc import Iterable, Mapping

from chalicelib.domain.ledger.posting import TransactionStatus
from chalicelib.domain.permissions import Caller
from chalicelib.models import pauses
from chalicelib.models.batch import batch_get
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.paging import Page, Paging
from chalicelib.models.payments import transactions_by_account
from chalicelib.models.payments.transactions_by_account import Place, Source

Accounts = Mapping[str, list[str]]
"""Ids of accounts, by their owners."""


def page(
    caller: Caller,
    wanted: Accounts,
    status: TransactionStatus | None,
    since: str,
    until: str,
    paging: Paging,
    whose: str,
) -> Page[Transaction]:
    """List the transactions of accounts, newest first, and a customer's own requests, also those on other accounts.

    With a status, reads only what may have it; some may have another. One query for each account, for the holds of
    each owner and for the requests, and one read. `whose` list it is: a cursor serves no other. Raises InvalidCursor.
    """
    sources = _sources(caller, wanted, status)
    found = transactions_by_account.page(sources, since, until, paging, f"{whose} {status}")
    transactions = existing(name for _, name in found.items)
    listed = [one for place in found.items if (one := transactions.get(place[1])) and _is_listed_at(one, place)]
    return Page(listed, found.next_cursor)


def is_on(caller: Caller, transaction: Transaction, account_id: str) -> bool:
    """Return whether an account's list has a transaction."""
    is_requested = transaction.initiated_by == caller.user_id and not caller.sees_everything
    if transaction.status == "posted" or is_requested:
        return account_id in transaction.account_ids()
    return any(held_on == account_id for held_on, *_ in transaction.holds or [])


def existing(transaction_ids: Iterable[str]) -> dict[str, Transaction]:
    """Read the transactions of a list by id, again if one is missing: the list may show it a moment too early."""
    wanted, found = list(transaction_ids), dict[str, Transaction]()
    for _ in pauses.looks():
        missing = [name for name in wanted if name not in found]
        read = batch_get(map(Transaction.key, missing))
        found |= {item.id: item for item in read if isinstance(item, Transaction)}
        if len(read) == len(missing):  # a key of a request that moved no money is no transaction
            break
    return found


def _sources(caller: Caller, wanted: Accounts, status: TransactionStatus | None) -> list[Source]:
    sources: list[Source] = []
    if status in (None, "posted"):
        sources += [transactions_by_account.entries_of(account_id) for ids in wanted.values() for account_id in ids]
    if status not in ("posted", "failed"):
        sources += [transactions_by_account.holds_of(*owned) for owned in wanted.items()]
    return sources if caller.sees_everything else [*sources, transactions_by_account.requests_of(caller.user_id)]


def _is_listed_at(transaction: Transaction, place: Place) -> bool:
    """Return whether a list is up to date: an index may show a payment where it was until it was posted."""
    return transaction.status != "posted" or transaction.listed_at == place[0]
