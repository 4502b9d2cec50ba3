"""Verifies the bank: computes everything again from what was written, and names the first broken link.

Under traffic, reads that are one after the other see different moments. So balances are summed as of a cut a minute
ago, the audit may lag behind by as much, and what seems broken is looked at again before it is called so.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from chalicelib import clock
from chalicelib.domain import errors, ids
from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.domain.time import timestamp, utc_days
from chalicelib.domain.verification.checks import Broken, require
from chalicelib.models.accounts.account import Account
from chalicelib.models.everything import partitions
from chalicelib.models.item import Key
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.services.progress import Progress
from chalicelib.services.verification import verify_audit, verify_entries, verify_transactions
from chalicelib.services.verification.verify_digests import Seals
from chalicelib.services.verification.verify_entries import Proof
from chalicelib.services.verification.verify_rollups import Rollups

SETTLED_AFTER = timedelta(seconds=60)
"""No request takes as long, and the audit is seldom as late."""
REQUEST_SECONDS_MAX = 20
TRANSACTIONS_AT_ONCE = 500
PAUSES_SECONDS = (0.1, 0.5)

T = TypeVar("T")


@dataclass
class Checked:
    """How many of each were found to hold."""

    accounts: int = 0
    entries: int = 0
    transactions: int = 0
    audit_records: int = 0
    digests: int = 0
    rollups: int = 0


@dataclass(frozen=True)
class Verdict:
    """`broken` is the first link that does not hold, None where all do; `late` how much is not in the rollups yet."""

    checked: Checked
    broken: Broken | None = None
    late: int = 0

    @property
    def ok(self) -> bool:
        return self.broken is None


@dataclass
class _Run:
    """One proof under way. `cut` is a timestamp in UTC."""

    tell: Progress
    cut: str
    checked: Checked = field(default_factory=Checked)
    seals: Seals = field(default_factory=Seals)
    rollups: Rollups = field(default_factory=Rollups)
    totals: Counter[str] = field(default_factory=Counter)

    def account(self, account_id: str) -> Proof:
        """Verify an account, its entries and its audit."""
        proof = _confirmed(lambda: verify_entries.prove(account_id, self.cut, self.tell, self.seals, self.rollups))
        self.audit(Account.partition(account_id))
        self.checked.accounts += 1
        self.checked.entries += proof.entries
        self.totals[proof.currency] += proof.balance
        self.tell(f"{self.checked.accounts} accounts, {self.checked.entries} entries hold")
        return proof

    def transactions(self, keys: list[Key]) -> set[str]:
        """Verify transactions and their audit; note the accounts that they moved."""
        found: list[Transaction] = _confirmed(lambda: verify_transactions.prove(keys))
        self.checked.audit_records += _confirmed(lambda: verify_audit.prove_transactions(found, self.cut))
        self.checked.transactions += len(found)
        self.rollups.follow(found)
        self.tell(f"{self.checked.transactions} transactions hold")
        return verify_transactions.accounts_of(found)

    def audit(self, partition: str) -> None:
        """Verify the audit of everything in a partition of `bank`."""
        self.checked.audit_records += _confirmed(lambda: verify_audit.prove_partition(partition, self.cut))
        self.tell(f"{self.checked.audit_records} audit records hold")

    def bank(self, *, with_archive: bool) -> None:
        """Verify every digest, account and transaction, the sum of balances, and the audit of people and branches.

        Accounts that only transactions name are verified, too.
        """
        self.checked.digests = self.seals.prove_chain(self.tell, with_archive=with_archive)
        started = timestamp(clock.now())
        proven = {account_id: self._existing(account_id) for account_id in partitions.account_ids()}
        first = min((proof.since for proof in proven.values()), default=started)
        for day in utc_days(first, started):
            for keys in partitions.transaction_keys(day):
                for account_id in sorted(self.transactions(keys) - proven.keys()):
                    proven[account_id] = self._existing(account_id)
        self.seals.require_all_found()
        for currency, total in sorted(self.totals.items()):
            require(f"sum of all balances in {currency} as of {self.cut}", 0, total)
        _confirmed(self.rollups.require_bank)
        for partition in partitions.partitions_of_others():
            self.audit(partition)

    def _existing(self, account_id: str) -> Proof:
        """Verify an account that must exist: it is on the list of all, or a transaction moved it."""
        try:
            return self.account(account_id)
        except NotFound:
            raise Broken(account_id, "an account", "nothing") from None


def verify_account(account_id: str, cut: str | None = None) -> Verdict:
    """Verify an account and the transactions that moved it. Raises NotFound."""
    if not ids.is_id("acc", account_id) and not is_general_ledger(account_id):
        raise errors.unknown("account", account_id)
    run = _Run(_until_deadline(), cut or _cut())

    def prove() -> None:
        proof = run.account(account_id)
        keys = [Transaction.key(name) for name in proof.transaction_ids]
        for start in range(0, len(keys), TRANSACTIONS_AT_ONCE):
            run.transactions(keys[start : start + TRANSACTIONS_AT_ONCE])

    return _verdict(run, prove)


def verify_bank(progress: Progress, cut: str | None = None, *, with_archive: bool = False) -> Verdict:
    """Verify everything.

    `progress` gets the progress in words; what it raises ends the verification. `with_archive`: also compare the
    digests with the archive, which no function but the sealer may read.
    """
    run = _Run(progress, cut or _cut())
    return _verdict(run, lambda: run.bank(with_archive=with_archive))


def verify_bank_in_a_request() -> Verdict:
    """Verify everything, if it can be done while a client waits. Raises Unavailable if not."""
    return verify_bank(_until_deadline())


def _verdict(run: _Run, prove: Callable[[], None]) -> Verdict:
    broken = None
    try:
        prove()
    except Broken as found:
        broken = found
    run.checked.rollups = len(run.rollups.checked)
    return Verdict(run.checked, broken, len(run.rollups.late))


def _confirmed(prove: Callable[[], T]) -> T:
    """Run a check, and run it again if it fails.

    A read may show half of a posting that is being written, so only a lasting failure counts.
    """
    for pause in PAUSES_SECONDS:
        try:
            return prove()
        except Broken:
            time.sleep(pause)
    return prove()


def _until_deadline() -> Progress:
    deadline = time.monotonic() + REQUEST_SECONDS_MAX

    def tell(_: str) -> None:
        if time.monotonic() > deadline:
            raise Unavailable("The bank is too large to verify in one request. Send account_id, or run `make verify`.")

    return tell


def _cut() -> str:
    return timestamp(clock.now() - SETTLED_AFTER)
