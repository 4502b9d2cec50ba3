"""Verifies the bank: computes everything again from what was written, and names the first broken link.

Under traffic, reads that are one after the other see different moments. So balances are summed as of a cut a minute
ago, the audit may lag behind by as much, and what seems broken is looked at again before it is called so.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from chalicelib import clock
from chalicelib.domain import errors, ids
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.domain.time import moment, timestamp, utc_days
from chalicelib.domain.verification.checks import Broken, require
from chalicelib.domain.verification.links import Links
from chalicelib.models.everything import partitions
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.services.progress import Pace, Progress, ignore
from chalicelib.services.verification import sealed_statements, supervision, verify_nostro
from chalicelib.services.verification.verify_digests import Seals
from chalicelib.services.verification.verify_events import CountRows, require_no_others
from chalicelib.services.verification.verify_parts import (
    TRANSACTIONS_AT_ONCE,
    Checked,
    Part,
    Prover,
    Shared,
    Spread,
    Task,
    chunks,
    confirmed,
    in_turn,
    tasks_of,
)
from chalicelib.services.verification.verify_rollups import Basis

SETTLED_AFTER = timedelta(seconds=60)
"""No request takes as long, and the audit is seldom as late."""
ACCOUNTS_AT_ONCE = 20
DAYS_AT_ONCE = 5
ACCOUNTS_ALONE_MAX = 40
"""A bank with so few accounts is verified before other processes have started."""


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
class BankRun:
    """A verification of the bank. `whole` is what was verified so far. `count_events` counts all rows of events if the
    caller may scan."""

    shared: Shared
    tell: Progress
    spread: Spread
    seals: Seals = field(default_factory=Seals)
    accounts_alone_max: int = ACCOUNTS_ALONE_MAX
    count_events: CountRows | None = None

    def __post_init__(self) -> None:
        self.whole = Part.beginning(self.shared)

    def bank(self, *, with_archive: bool = False) -> None:
        """Verify every digest, account and transaction, the sum of balances, and the audit of people and branches.

        Accounts that only transactions name are verified, too.
        """
        whole = self.whole
        digests = self.seals.prove_chain(self.tell, with_archive=with_archive)
        whole.checked.digests = whole.digests = digests if whole.digests is None else whole.digests
        self.shared = replace(self.shared, required_from=self.seals.required_from)
        self.accounts_and_transactions()
        self.seals.found = whole.sealed
        self.seals.require_all_found(whole.checked.digests)
        for currency, total in sorted(whole.totals.items()):
            require(f"sum of all balances in {currency} as of {self.shared.cut}", 0, total)
        confirmed(whole.rollups.require_bank)
        whole.checked.stated_payments = confirmed(lambda: verify_nostro.prove(self.tell))
        confirmed(lambda: sealed_statements.prove(self.seals.all_digests(), with_archive=with_archive))
        others = tasks_of("others", partitions.partitions_of_others(), ACCOUNTS_AT_ONCE)
        for _ in self.parts(self.spread, others):
            self.tell(f"{whole.checked.audit_records} audit records hold")
        confirmed(whole.eyes.require_all_approved)
        whole.staff.require(self.shared.supervision.staff_ids)
        self.tell("counting the events")
        cut, count = self.shared.cut, self.count_events
        confirmed(lambda: require_no_others(whole.events, cut, partitions.customer_ids(), count))

    def accounts_and_transactions(self) -> None:
        """Verify accounts with the transactions that their entries name, and transactions, by day, with their entries.

        Each is read from both sides.
        """
        whole, started = self.whole, timestamp(clock.now())
        account_ids = list(partitions.account_ids())
        spread = self.spread if len(account_ids) > self.accounts_alone_max else in_turn
        pace = Pace(self.tell)
        for _ in self.parts(spread, tasks_of("accounts", account_ids, ACCOUNTS_AT_ONCE)):
            done = whole.checked
            pace.tell(done.accounts, len(account_ids), f"accounts, {done.entries} entries")
        days = utc_days(min(whole.since.values(), default=started), started)
        pace = Pace(self.tell)
        for number, part in enumerate(self.parts(spread, tasks_of("days", days, DAYS_AT_ONCE)), 1):
            self.verify_unlisted(part.moved)
            pace.tell(number * DAYS_AT_ONCE, len(days), f"days, {whole.checked.transactions} transactions")

    def verify_unlisted(self, moved: set[str]) -> None:
        """Verify the accounts that transactions name, and the list of all does not."""
        for account_id in sorted(moved - self.whole.since.keys()):
            self.whole.merge(self._work(Task("accounts", [account_id])))

    def parts(self, spread: Spread, tasks: Iterable[Task]) -> Iterator[Part]:
        """Yield the parts of a verification when they are merged."""
        for part in spread(self.shared, self._work, tasks):
            self.whole.merge(part)
            yield part

    def _work(self, task: Task) -> Part:
        return Prover(self.shared, self.seals, self.tell).work(task)


def verify_account(account_id: str, cut: str | None = None, tell: Progress = ignore) -> Verdict:
    """Verify an account and the transactions that moved it. Raises NotFound, and what `tell` raises."""
    if not ids.is_id("acc", account_id) and not is_general_ledger(account_id):
        raise errors.unknown("account", account_id)
    prover = Prover(facts_now(cut), Seals(), tell)

    def prove() -> None:
        proof = prover.account(account_id)
        keys = [Transaction.key(name) for name in proof.transaction_ids]
        for chunk in chunks(keys, TRANSACTIONS_AT_ONCE):
            prover.transactions(chunk)

    return verdict_of(prover.part, prove)


def verify_bank(
    progress: Progress,
    cut: str | None = None,
    *,
    with_archive: bool = False,
    spread: Spread = in_turn,
    restored_to: str | None = None,
) -> Verdict:
    """Verify everything.

    `progress` gets the progress in words; what it raises ends the verification. `with_archive`: also compare the
    digests with the archive, which no function but the sealer may read. `spread` may use other processes.
    `restored_to` is the moment of restored tables.
    """
    run = BankRun(facts_now(cut), progress, spread, Seals(restored_to))
    return verdict_of(run.whole, lambda: run.bank(with_archive=with_archive))


def begin_bank() -> tuple[Shared, Part]:
    """Return the beginning of a verification of the bank, for `continue_bank`."""
    shared = facts_now()
    return shared, Part.beginning(shared)


def continue_bank(shared: Shared, whole: Part, spread: Spread) -> Verdict:
    """Verify what is not in `whole` yet, and add it. `spread` leaves out what is, and what it raises ends the work."""
    run = BankRun(shared, ignore, spread, accounts_alone_max=0)
    run.whole = whole
    return verdict_of(whole, run.bank)


def verdict_of(whole: Part, prove: Callable[[], None]) -> Verdict:
    """Return what a verification finds that `prove` runs on `whole`."""
    broken = None
    try:
        prove()
    except Broken as found:
        broken = found
    whole.checked.rollups = whole.rollups.also_checked + len(whole.rollups.checked)
    return Verdict(whole.checked, broken, len(whole.rollups.late))


def facts_now(cut: str | None = None, links: Links | None = None) -> Shared:
    """Return the facts that all parts of a verification share which begins now."""
    return Shared(cut or cut_now(), Basis.now(), links, supervision.now())


def cut_now(restored_to: str | None = None) -> str:
    """Return the moment as of which balances are summed by a verification that begins now.

    Restored tables stand still, so their cut is before the moment to which they were restored.
    """
    until = clock.now() if restored_to is None else moment(restored_to)
    return timestamp(until - SETTLED_AFTER)
