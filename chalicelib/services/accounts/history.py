"""The history of an account, and its balance as of any moment, from its entries."""

from dataclasses import dataclass

from chalicelib import clock
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.ledger.entry import EntryDetails
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import pauses
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import get_all
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.paging import Page, Paging
from chalicelib.models.payments.label import Label
from chalicelib.services import date_ranges
from chalicelib.services.accounts import accounts, other_banks
from chalicelib.services.accounts.other_banks import Counterparty


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
    """An entry, what it shows of its transaction, and what the account's side has been labelled with.

    `counterparty` is the party at another bank, of a payment between banks.
    """

    entry: LedgerEntry
    details: EntryDetails
    label: Label | None
    counterparty: Counterparty | None = None

    @property
    def memo(self) -> str | None:
        """Return the account's own memo, or else that of the payment. Of one that came in: who has paid, what for."""
        told = self.counterparty.told if self.counterparty and self.entry.type == "incoming_payment" else None
        return (self.label.memo if self.label else None) or self.details.memo or told


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
    """List entries, newest first: a query of entries and one of labels, and a read of the labels that exist."""
    account = accounts.get(caller, account_id)
    since, until = date_ranges.parse(query.from_, query.to)
    if query.category is not None:
        found = _page_of_category(account, query.category, since, until, paging)
        labelled = {entry.transaction_id for entry in found.items}
    else:
        found = LedgerEntry.page_of(account.id, since, until, paging, query.type)
        labelled = _find_labelled(account.id, found.items)
    lines = [line for line in _lines(account.id, found.items, labelled) if _matches(line, query)]
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


def _find_labelled(account_id: str, entries: list[LedgerEntry]) -> set[str]:
    """Return the transactions of entries, newest first, that may have a label: those that are listed with one, and
    those of earlier versions, whose labels may be on no list."""
    if not entries:
        return set()
    listed = Label.ids_between(account_id, entries[-1].created_at, entries[0].created_at)
    return {one.transaction_id for one in entries if one.transaction_id in listed or one.details() is None}


def _lines(account_id: str, entries: list[LedgerEntry], labelled: set[str]) -> list[Line]:
    found = get_all(Label, (Label.key(account_id, transaction_id) for transaction_id in labelled))
    labels = {label.transaction_id: label for label in found}
    details = read_details(entries)
    parties = other_banks.read_counterparties(entries)
    return [
        Line(entry, details[entry.seq], labels.get(name), parties.get(name))
        for entry in entries
        for name in [entry.transaction_id]
    ]


def read_details(entries: list[LedgerEntry]) -> dict[int, EntryDetails]:
    """Return by `seq` what entries of one account show of their transactions.

    Those of earlier versions stored nothing of it, so their transactions are read, a hundred per call. Raises
    Unavailable if one is missing.
    """
    known = {entry.seq: details for entry in entries if (details := entry.details())}
    unknown = [entry for entry in entries if entry.seq not in known]
    if unknown:
        found = _read_transactions(unknown)
        known |= {entry.seq: found[entry.transaction_id].details_for(entry.account_id) for entry in unknown}
    return known


def _read_transactions(entries: list[LedgerEntry]) -> dict[str, Transaction]:
    """Read the transactions of entries by id.

    A transaction that cannot be seen yet is read again. Raises Unavailable if it is still missing.
    """
    for _ in pauses.looks():
        found = {one.id: one for one in get_all(Transaction, {Transaction.key(one.transaction_id) for one in entries})}
        if all(entry.transaction_id in found for entry in entries):
            return found
    raise Unavailable("The account is changing at the moment. Retry.", retry_after_seconds=1)


def _matches(line: Line, query: HistoryQuery) -> bool:
    if query.type is not None and line.entry.type != query.type:
        return False
    if query.category is not None and (line.label is None or line.label.category != query.category):
        return False
    return query.tag is None or (line.label is not None and query.tag in (line.label.tags or []))
