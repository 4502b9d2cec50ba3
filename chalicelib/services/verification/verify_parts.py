"""The parts of a verification: tasks, and what they find. A task can be done in a process of its own."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Literal, TypeVar

from chalicelib import config
from chalicelib.domain.errors import NotFound
from chalicelib.domain.verification.checks import Broken
from chalicelib.domain.verification.day_sums import Window
from chalicelib.domain.verification.four_eyes import FourEyes
from chalicelib.domain.verification.links import Links
from chalicelib.domain.verification.staff_sums import StaffSums
from chalicelib.domain.verification.supervision import Supervision
from chalicelib.models import keys
from chalicelib.models.accounts.account import Account
from chalicelib.models.everything import partitions
from chalicelib.models.item import Key
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.ledger.transaction_facts import TransactionFacts
from chalicelib.services.progress import Progress, ignore
from chalicelib.services.verification import verify_audit, verify_day_sums, verify_entries, verify_transactions
from chalicelib.services.verification.verify_audit import Follower
from chalicelib.services.verification.verify_day_sums import FollowedAccount, FollowedPerson
from chalicelib.services.verification.verify_digests import Seals
from chalicelib.services.verification.verify_entries import CLOSE, Look, Proof
from chalicelib.services.verification.verify_events import EventRules, EventTotals
from chalicelib.services.verification.verify_rollups import Basis, Rollups

PAUSES_SECONDS = (0.1, 0.5)
TRANSACTIONS_AT_ONCE = 500
ACCOUNTS_AT_ONCE_MAX = 20
ENTRIES_AT_ONCE_MAX = 1_000

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
    stated_payments: int = 0


@dataclass(frozen=True)
class Shared:
    """Facts that all parts of a verification share. `cut` is a timestamp in UTC. `required_from` says since when audit
    records must count events, by each edition of the catalogue.

    With `links`, the sums that they make are compared at the end; without, entries and transactions one by one.
    """

    cut: str
    basis: Basis
    links: Links | None = None
    supervision: Supervision = field(default_factory=Supervision)
    required_from: tuple[str, ...] = ()

    @property
    def event_rules(self) -> EventRules:
        return EventRules(self.cut, self.required_from, counts_customers=self.links is None)


Kind = Literal["accounts", "days", "transactions", "others"]


@dataclass(frozen=True)
class Task:
    """A part of the bank to verify: accounts by id, transactions by UTC day or by id, or partitions of other items."""

    kind: Kind
    names: list[str]


@dataclass
class Part:
    """The results of a task, or of many.

    `eyes` has what needed approval. `since` says when each account was opened; `moved` are accounts that transactions
    name; `sealed` is how many leaves of each digest were found. `links` is the sum of the links of entries, less that
    of transactions. `digests` is how many digests there were at the beginning, None before they are verified. `staff`
    are the sums of what its members move alone.
    """

    rollups: Rollups
    eyes: FourEyes
    checked: Checked = field(default_factory=Checked)
    totals: Counter[str] = field(default_factory=Counter)
    sealed: Counter[int] = field(default_factory=Counter)
    since: dict[str, str] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    links: int = 0
    digests: int | None = None
    events: EventTotals = field(default_factory=EventTotals)
    staff: StaffSums = field(default_factory=StaffSums)

    @classmethod
    def beginning(cls, shared: Shared) -> "Part":
        """Return a part with nothing in it yet."""
        return cls(Rollups(shared.basis), FourEyes(shared.supervision))

    def merge(self, other: "Part") -> None:
        """Add what was verified elsewhere, but for `moved` and `digests`."""
        for name, number in vars(other.checked).items():
            setattr(self.checked, name, getattr(self.checked, name) + number)
        self.rollups.merge(other.rollups)
        self.eyes.merge(other.eyes)
        self.totals.update(other.totals)
        self.sealed.update(other.sealed)
        self.since |= other.since
        self.links += other.links
        self.events.merge(other.events)
        self.staff.merge(other.staff)


Work = Callable[[Task], Part]
Spread = Callable[[Shared, Work, Iterable[Task]], Iterable[Part]]
"""Has tasks done, and returns their results in the order in which they are done: here, by the given work, or in other
processes, by `work_elsewhere`."""


def in_turn(_: Shared, work: Work, tasks: Iterable[Task]) -> Iterable[Part]:
    """Do tasks one after the other in this process."""
    return map(work, tasks)


class Prover:
    """Verifies one task, or one account."""

    def __init__(self, shared: Shared, seals: Seals, tell: Progress):
        self._cut, self._seals, self._tell = shared.cut, seals, tell
        self._supervision, self._window = shared.supervision, Window(shared.cut, config.timezone())
        self._rules = shared.event_rules
        self._look = Look(shared.links, is_close=shared.links is None)
        self.part = Part.beginning(shared)

    def work(self, task: Task) -> Part:
        before, self._seals.found = self._seals.found, self.part.sealed
        if task.kind == "accounts":
            for name in task.names:
                self.existing(name)
        elif task.kind == "days":
            self._days(task.names)
        elif task.kind == "transactions":
            self.transactions(list(map(Transaction.key, task.names)))
        else:
            for name in task.names:
                self._audit_person(name)
        self._seals.found = before
        return self.part

    def existing(self, account_id: str) -> None:
        """Verify an account that must exist: it is on the list of all, or a transaction moved it."""
        try:
            self.account(account_id)
        except NotFound:
            raise Broken(account_id, "an account", "nothing") from None

    def account(self, account_id: str) -> Proof:
        """Verify an account, its entries and its audit."""
        rollups = self.part.rollups
        proof = confirm_with(
            self._look,
            lambda look: verify_entries.prove(account_id, self._cut, self._tell, self._seals, rollups, look),
        )
        self._audit_account(account_id)
        self.part.checked.accounts += 1
        self.part.checked.entries += proof.entries
        self.part.totals[proof.currency] += proof.balance
        self.part.since[account_id] = proof.since
        self.part.links += proof.links
        return proof

    def _days(self, days: list[str]) -> None:
        """Verify the transactions of some days. Most days have few, so they are read together."""
        keys = (key for day in days for page in partitions.transaction_keys(day) for key in page)
        for chunk in chunks(keys, TRANSACTIONS_AT_ONCE):
            self.transactions(chunk)

    def transactions(self, keys: list[Key]) -> None:
        """Verify transactions, their payments to other banks and their audit; note the accounts that they moved."""
        found: list[TransactionFacts] = confirm_with(self._look, lambda look: verify_transactions.prove(keys, look))
        self.part.checked.audit_records += confirm_with(
            self._look,
            lambda look: verify_audit.prove_transactions(
                found, self._rules, self.part.eyes, self.part.events, is_close=look.is_close
            ),
        )
        self.part.links -= self._look.links.of_transactions(found) if self._look.links else 0
        self.part.checked.transactions += len(found)
        self.part.rollups.follow(found)
        verify_day_sums.add_staff(self.part.staff, found, self._supervision, self._window)
        self.part.moved |= verify_transactions.accounts_of(found)
        self._tell(f"{self.part.checked.transactions} transactions hold")
        for partition in verify_transactions.payments_of(found):
            self._audit(partition)

    def _audit_account(self, account_id: str) -> None:
        """Verify the audit of an account, and what it has counted on each of the last days."""

        def prove() -> int:
            followed = FollowedAccount(account_id, self._window)
            records = self._prove_audit(Account.partition(account_id), followed)
            verify_day_sums.prove_account(followed)
            return records

        self._add_records(confirmed(prove))

    def _audit_person(self, partition: str) -> None:
        """Verify the audit of a partition of other items, and the sums of its customer or of its member of staff."""

        def prove() -> int:
            followed, name = FollowedPerson(self._window), keys.id_in(partition)
            records = self._prove_audit(partition, followed)
            if keys.is_of_customer(partition):
                verify_day_sums.prove_customer(name, followed, self._supervision)
            elif followed.found:
                self.part.staff.found[name] = dict(followed.found)
            return records

        self._add_records(confirmed(prove))

    def _audit(self, partition: str) -> None:
        """Verify the audit of everything in a partition of `bank`."""
        self._add_records(confirmed(lambda: self._prove_audit(partition)))

    def _prove_audit(self, partition: str, follower: Follower | None = None) -> int:
        return verify_audit.prove_partition(partition, self._rules, self.part.eyes, self.part.events, follower)

    def _add_records(self, records: int) -> None:
        self.part.checked.audit_records += records
        self._tell(f"{self.part.checked.audit_records} audit records hold")


def work_elsewhere(task: Task, shared: Shared) -> Part:
    """Verify a task in a process of its own. Raises Broken."""
    return Prover(shared, _seals_of(shared.cut), ignore).work(task)


@lru_cache(maxsize=1)
def _seals_of(_: str) -> Seals:
    """Return the digests that this process has read in the verification with this cut."""
    return Seals()


def tasks_of(kind: Kind, names: Iterable[str], at_once: int) -> Iterator[Task]:
    """Yield tasks of so many names each."""
    return (Task(kind, chunk) for chunk in chunks(names, at_once))


def account_tasks(sizes: Mapping[str, int]) -> Iterator[Task]:
    """Yield tasks for all accounts, the busiest first, so that no process is left with one at the end.

    `sizes` has how many entries each has. Accounts with few entries share a task.
    """
    names, entries = list[str](), 0
    for name in sorted(sizes, key=lambda name: (-sizes[name], name)):
        if names and (len(names) == ACCOUNTS_AT_ONCE_MAX or entries + sizes[name] > ENTRIES_AT_ONCE_MAX):
            yield Task("accounts", names)
            names, entries = [], 0
        names.append(name)
        entries += sizes[name]
    if names:
        yield Task("accounts", names)


def chunks(names: Iterable[T], at_once: int) -> Iterator[list[T]]:
    """Yield names, so many at once."""
    rest = iter(names)
    while chunk := list(islice(rest, at_once)):
        yield chunk


def confirmed(prove: Callable[[], T]) -> T:
    """Run a check, and run it again if it fails.

    A read may show half of a posting that is being written, so only a lasting failure counts.
    """
    return confirm_with(CLOSE, lambda _: prove())


def confirm_with(look: Look, prove: Callable[[Look], T]) -> T:
    """Run a check as `confirmed` does, with a closer look if it fails."""
    for pause in PAUSES_SECONDS:
        try:
            return prove(look)
        except Broken:
            look = look.closer()
            time.sleep(pause)
    return prove(look.closer())
