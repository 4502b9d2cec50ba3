"""Verifies transactions: the entries that they list exist, and sum to zero."""

from collections.abc import Iterable, Iterator

from chalicelib.domain.ledger.entry import Entry
from chalicelib.domain.verification.checks import require_transaction
from chalicelib.models.batch import batch_get
from chalicelib.models.item import Key
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.services.verification.verify_entries import entry_of


def prove(keys: Iterable[Key]) -> list[Transaction]:
    """Verify the transactions under these keys. Raises Broken at the first that is wrong."""
    transactions = [one for one in batch_get(keys) if isinstance(one, Transaction)]
    wanted = [key for transaction in transactions for key in _entry_keys(transaction)]
    found = map(entry_of, LedgerEntry.by_keys(wanted))
    entries: dict[tuple[str, int], Entry] = {(entry.account_id, entry.seq): entry for entry in found}
    for transaction in transactions:
        require_transaction(transaction, entries)
    return transactions


def accounts_of(transactions: Iterable[Transaction]) -> set[str]:
    """Return every account that has an entry of these transactions."""
    return {one["account_id"] for transaction in transactions for one in transaction.entries or []}


def _entry_keys(transaction: Transaction) -> Iterator[Key]:
    """Yield the keys of a transaction's entries, all of the moment in which it was posted."""
    for one in transaction.entries or []:
        yield LedgerEntry.key(one["account_id"], str(transaction.posted_at), one["seq"])
