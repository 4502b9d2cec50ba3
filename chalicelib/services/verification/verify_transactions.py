"""Verifies transactions: the entries that they list exist, and sum to zero. Payments to other banks are as they say."""

from collections.abc import Iterable, Iterator

from chalicelib.domain.ledger.entry import Entry
from chalicelib.domain.verification.checks import require_transaction
from chalicelib.domain.verification.payment_checks import INCOMING, PAYMENT
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.item import Key
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.ledger.transaction_facts import TransactionFacts, read_facts
from chalicelib.services.verification import verify_payments
from chalicelib.services.verification.verify_entries import CLOSE, Look, entry_of, require_listed


def prove(keys: Iterable[Key], look: Look = CLOSE) -> list[TransactionFacts]:
    """Verify the transactions under these keys. Raises Broken at the first that is wrong."""
    transactions = read_facts(keys)
    close = [one for one in transactions if not look.is_linked(one.posted_at)]
    found = map(entry_of, LedgerEntry.raw_by_keys(key for one in close for key in _entry_keys(one)))
    entries: dict[tuple[str, int], Entry] = {(entry.account_id, entry.seq): entry for entry in found}
    for transaction in transactions:
        require_listed(transaction)
        require_transaction(transaction, None if look.is_linked(transaction.posted_at) else entries)
    verify_payments.prove(transactions)
    return transactions


def accounts_of(transactions: Iterable[TransactionFacts]) -> set[str]:
    """Return every account that has an entry of these transactions."""
    return {one["account_id"] for transaction in transactions for one in transaction.entries or []}


def payments_of(transactions: Iterable[TransactionFacts]) -> Iterator[str]:
    """Yield the partitions of the payments to other banks that belong to these transactions.

    A refused transaction has no payment: its partition is empty.
    """
    return (ClearingPayment.partition(one.id) for one in transactions if one.transaction_type in (PAYMENT, INCOMING))


def _entry_keys(transaction: TransactionFacts) -> Iterator[Key]:
    """Yield the keys of a transaction's entries, all of the moment in which it was posted."""
    for one in transaction.entries or []:
        yield LedgerEntry.key(one["account_id"], str(transaction.posted_at), one["seq"])
