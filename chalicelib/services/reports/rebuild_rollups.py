"""Rebuilds rollups from the ledger while the bank runs.

Another generation begins, and from then on the stream's consumer counts into both. Then every entry is read, account by
account. Transactions that are older than the marks are added up and written in batches (`rebuild_settled_rollups.py`).
Newer ones are counted as the consumer counts them, with the same marks, so it does not matter which of the two comes
first. Then reports read the new generation. An interrupted rebuild leaves a generation that the next one supersedes.
The run after removes old generations, when no request can be reading them.
"""

import time
from collections.abc import Iterable

from chalicelib import clock
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.domain.reports import rollup
from chalicelib.domain.reports.rollup import DayItem
from chalicelib.domain.time import timestamp
from chalicelib.models.batch import batch_get
from chalicelib.models.branches.branch import Branch
from chalicelib.models.everything import partitions
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.payments.label import Label
from chalicelib.models.reports import rollup as model
from chalicelib.models.reports.generations import Generations
from chalicelib.models.reports.rollup_marks import MARKS_KEPT
from chalicelib.services.progress import Progress
from chalicelib.services.reports import rollups
from chalicelib.services.reports.rebuild_settled_rollups import SettledRollups

INDEX_SECONDS_MAX = 2.0
"""How late the list of all accounts may be: one whose first entry was counted into the old generation alone must be on
it."""
LOT = 100


def rebuild(tell: Progress) -> int:
    """Count everything into a new generation, and read that from then on; how many transactions were told to it."""
    stored = Generations.stored() or Generations.first()
    account_ids = list(partitions.account_ids())
    for generation in stored.left_over:
        tell(f"removing what is left of generation {generation}")
        _remove(generation, account_ids)
    oldest = stored.current
    building = _Building(stored.begin(), timestamp(clock.now() - MARKS_KEPT))
    if account_ids:
        time.sleep(INDEX_SECONDS_MAX)
        account_ids = list(partitions.account_ids())
    for number, account_id in enumerate(account_ids, 1):
        building.follow(account_id)
        tell(f"{number} of {len(account_ids)} accounts: {building.told} transactions counted")
    building.end()
    stored.switch(oldest=oldest)
    return building.told


class _Building:
    """A generation under way. What was posted before `settled_until`, a timestamp, the stream has forgotten.

    An account's entries are read after the generation has begun, and consistently. So whatever the consumer has counted
    into the old one alone is among them.
    """

    def __init__(self, generation: int, settled_until: str):
        self._generation, self._settled_until = generation, settled_until
        self._settled = SettledRollups(generation)
        self._others: list[Transaction] = []
        self._told = 0

    @property
    def told(self) -> int:
        """Return how many transactions were counted."""
        return self._settled.transactions + self._told

    def follow(self, account_id: str) -> None:
        """Count an account's own sums, and the transactions that are taken where they find this account."""
        labels = {} if is_general_ledger(account_id) else Label.by_transaction(account_id)
        for entries in LedgerEntry.pages_of(account_id):
            settled = [entry for entry in entries if entry.created_at < self._settled_until]
            self._settled.take_sides(account_id, settled, labels)
            self._settled.take(_first_payments(settled))
            self._tell(_first_payments(entries[len(settled) :]))

    def end(self) -> None:
        """Write what is held in memory."""
        self._settled.flush()
        rollups.count_afresh(self._generation, self._others)

    def _tell(self, transactions: list[Transaction]) -> None:
        """Count as the consumer does, many together."""
        self._told += len(transactions)
        self._others += transactions
        if len(self._others) >= LOT:
            rollups.count_afresh(self._generation, self._others)
            self._others = []


def _first_payments(entries: Iterable[LedgerEntry]) -> list[Transaction]:
    """Return the transactions that this account was the first to pay.

    So each transaction is counted at one account.
    """
    paying = {entry.transaction_id: entry.account_id for entry in entries if entry.amount < 0}
    found = [one for one in batch_get(map(Transaction.key, paying)) if isinstance(one, Transaction)]
    return [one for one in found if _first_payer(one) == paying[one.id]]


def _first_payer(transaction: Transaction) -> str:
    return next(str(entry["account_id"]) for entry in transaction.entries if entry["amount"] < 0)


def _remove(generation: int, account_ids: list[str]) -> None:
    categories = set[str]()
    for account_id in account_ids:
        sums = model.rolled(generation, rollup.account(account_id))
        categories |= {one.key.category for one in sums if isinstance(one.key, DayItem)} - {""}
        model.remove(generation, rollup.account(account_id))
    branches = map(rollup.branch, Branch.all_ids())
    for subject in (rollup.BANK, rollup.BOOKS, *branches, *map(rollup.category, categories)):
        model.remove(generation, subject)
