"""The history of an account, and its balance as of any moment, from its entries."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib import clock
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import batch_get, get_all
from chalicelib.models.item import BankItem, Key
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.paging import Page, Paging
from chalicelib.models.payments.label import Label
from chalicelib.services import date_ranges
from chalicelib.services.accounts import accounts

PAUSES_SECONDS = (0.0, 0.05, 0.25)


@dataclass(frozen=True)
class HistoryQuery:
    """`from_` and `to` are dates of the bank or timestamps, both inclusive."""

    from_: str | None = None
    to: str | None = None
    type: str | None = None
    category: str | None = None
    tag: str | None = None


@dataclass(frozen=True)
class Line:
    """An entry, the transaction it belongs to, and what the account's side has been labelled with."""

    entry: LedgerEntry
    transaction: Transaction
    label: Label | None


@dataclass(frozen=True)
class BalanceAt:
    """In minor units; `seq` is that of the last entry counted, 0 before the first."""

    account: Account
    at: str
    balance: int
    seq: int


def balance_at(caller: Caller, account_id: str, at: str | None) -> BalanceAt:
    """Return the balance after the last entry at or before a moment, with one descending read.

    Without a moment, return it after the last entry: the clock that wrote that entry may be ahead of this one.
    """
    account = accounts.get(caller, account_id)
    moment = date_ranges.moment("at", at) if at is not None else None
    last = LedgerEntry.last_of(account.id, moment)
    now = timestamp(clock.now())
    if last is None:
        return BalanceAt(account, moment or now, 0, 0)
    return BalanceAt(account, moment or max(now, last.created_at), last.balance_after, last.seq)


def page(caller: Caller, account_id: str, query: HistoryQuery, paging: Paging) -> Page[Line]:
    """List entries, newest first: one query, and one read each for transactions and labels."""
    account = accounts.get(caller, account_id)
    since, until = date_ranges.parse(query.from_, query.to)
    if query.category is not None:
        found = _page_of_category(account, query.category, since, until, paging)
    else:
        found = LedgerEntry.page_of(account.id, since, until, paging, query.type)
    lines = [line for line in _lines(account.id, found.items) if _matches(line, query)]
    return Page(lines, found.next_cursor)


def _page_of_category(account: Account, category: str, since: str, until: str, paging: Paging) -> Page[LedgerEntry]:
    """List the entries of a category, through the index of labels."""
    page = Label.page_of_category(account.id, category, since, until, paging)
    found = get_all(Transaction, map(Transaction.key, page.items))
    keys = [key for transaction in found if (key := _entry_key(account.id, transaction))]
    return Page(LedgerEntry.by_keys(keys), page.next_cursor)


def _entry_key(account_id: str, transaction: Transaction) -> tuple[str, str] | None:
    """Return the key of a transaction's entry on an account, or None if it has none yet."""
    for entry in transaction.entries or []:
        if entry["account_id"] == account_id:
            return LedgerEntry.key(account_id, str(transaction.posted_at), entry["seq"])
    return None


def _lines(account_id: str, entries: list[LedgerEntry]) -> list[Line]:
    transactions, others = with_transactions(entries, [Label.key(account_id, one.transaction_id) for one in entries])
    labels = {item.transaction_id: item for item in others if isinstance(item, Label)}
    return [Line(entry, transactions[entry.transaction_id], labels.get(entry.transaction_id)) for entry in entries]


def with_transactions(
    entries: list[LedgerEntry], others: Iterable[Key] = ()
) -> tuple[dict[str, Transaction], list[BankItem]]:
    """Read the transactions of entries by id, and other items with them, a hundred per call.

    DynamoDB commits item by item: an entry may be visible a moment before its transaction, so that is read again.
    Raises Unavailable if it is still missing.
    """
    keys = [*(Transaction.key(entry.transaction_id) for entry in entries), *others]
    for pause in PAUSES_SECONDS:
        time.sleep(pause)
        found = batch_get(keys)
        transactions = {item.id: item for item in found if isinstance(item, Transaction)}
        if all(entry.transaction_id in transactions for entry in entries):
            return transactions, found
    raise Unavailable("The account is changing at the moment. Retry.", retry_after_seconds=1)


def _matches(line: Line, query: HistoryQuery) -> bool:
    if query.type is not None and line.entry.type != query.type:
        return False
    if query.category is not None and (line.label is None or line.label.category != query.category):
        return False
    return query.tag is None or (line.label is not None and query.tag in (line.label.tags or []))
