"""Verifies the bank for an operator, who may scan: reads each item once, and in large pages.

Proves the same as `verify.verify_bank`. There each account reads its transactions, and each transaction its entries.
Here the sums of their links are compared instead (`domain/verification/links.py`). Where they differ, or a link of
another chain is broken, it is looked at as closely as there, which names the first broken link.
"""

import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain

from chalicelib.domain.verification.links import KEY_BYTES, MODULUS, Links
from chalicelib.models.accounts.account import Account
from chalicelib.models.everything import partitions
from chalicelib.services.progress import Pace, Progress
from chalicelib.services.verification.verify import BankRun, Verdict, cut_now, facts_now, verdict_of, verify_bank
from chalicelib.services.verification.verify_digests import Seals
from chalicelib.services.verification.verify_events import CountRows
from chalicelib.services.verification.verify_parts import (
    TRANSACTIONS_AT_ONCE,
    Spread,
    account_tasks,
    in_turn,
    tasks_of,
)

ENTRIES_ALONE_MAX = 2_000
"""A bank with so few entries is verified before other processes have started."""


@dataclass(frozen=True)
class Scans:
    """An operator's scans: of the ids of all transactions, in any order, and of the number of all rows of events."""

    transaction_ids: Callable[[], Iterable[str]]
    count_events: CountRows


class LinksDifferError(Exception):
    """The sums of links differ: an entry or a transaction was altered, or was written late."""


@dataclass
class LinkedRun(BankRun):
    """A verification by links. `transaction_ids` are all there are."""

    transaction_ids: Iterable[str] = ()

    def accounts_and_transactions(self) -> None:
        """Verify accounts and transactions in any order, then compare their links. Raises LinksDifferError."""
        sizes = Account.entry_counts(partitions.account_ids())
        entries, moved = sum(sizes.values()), set[str]()
        if entries <= ENTRIES_ALONE_MAX:
            self.spread = in_turn
        tasks = chain(account_tasks(sizes), tasks_of("transactions", self.transaction_ids, TRANSACTIONS_AT_ONCE))
        done, pace = self.whole.checked, Pace(self.tell)
        for part in self.parts(self.spread, tasks):
            moved |= part.moved
            # Nearly all have two entries. These are half of the work, and the transactions are the other half.
            pace.tell((done.entries // 2 + done.transactions) // 2, entries // 2, "transactions")
        self.verify_unlisted(moved)
        if self.whole.links % MODULUS:
            raise LinksDifferError


def verify(
    progress: Progress,
    scans: Scans,
    *,
    with_archive: bool = False,
    spread: Spread = in_turn,
    restored_to: str | None = None,
) -> Verdict:
    """Verify everything. `restored_to` is the moment of restored tables, None for those of the running bank."""
    cut = cut_now(restored_to)
    shared = facts_now(cut, Links(secrets.token_bytes(KEY_BYTES), cut))
    seals, ids = Seals(restored_to), scans.transaction_ids()
    run = LinkedRun(shared, progress, spread, seals, count_events=scans.count_events, transaction_ids=ids)
    with suppress(LinksDifferError):
        return verdict_of(run.whole, lambda: run.bank(with_archive=with_archive))
    progress("entries and transactions differ: comparing them one by one")
    return verify_bank(progress, cut, with_archive=with_archive, spread=spread, restored_to=restored_to)
