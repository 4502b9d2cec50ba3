"""Verifies the rollups: computes the totals again, from an account's entries and labels, and from transactions.

What is not counted yet is late, not broken: of what was posted in the last days the marks say whether it has been
counted, and only then it is expected. What has been written since the proof began is left for the next one. So marks
are read before sums: what is counted in between has written its sums since.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from chalicelib import clock, config
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.domain.ledger.entry import Entry
from chalicelib.domain.reports import rollup
from chalicelib.domain.reports.rollup import Posted, RollupItem, RollupKey, Subject, Totals
from chalicelib.domain.time import day, timestamp
from chalicelib.domain.verification.checks import require
from chalicelib.models.ledger.transaction_facts import TransactionFacts
from chalicelib.models.payments.label import Categorized, Label
from chalicelib.models.reports import rollup as model
from chalicelib.models.reports import rollup_marks
from chalicelib.models.reports.generations import Generations
from chalicelib.models.reports.rollup import LabelCount, Rolled
from chalicelib.models.reports.rollup_marks import MARKS_KEPT
from chalicelib.services.reports import rollups

MARKED_SINCE = MARKS_KEPT - timedelta(days=1)
"""What was posted earlier must have been counted; its mark may be gone."""


@dataclass(frozen=True)
class Basis:
    """The basis of a verification: the generation that reports read, None in a bank without rollups, and when it
    `started`. What was posted before `marked_since` must have been counted."""

    generation: int | None
    started: str
    marked_since: str

    @classmethod
    def now(cls) -> "Basis":
        now, stored = clock.now(), Generations.stored()
        return cls(stored.current if stored else None, timestamp(now), timestamp(now - MARKED_SINCE))


class Rollups:
    """The verification of the generation that reports read. A bank without rollups has nothing to verify.

    `late` are the transactions and labels that are not counted yet. `also_checked` counts what others have checked.
    """

    def __init__(self, basis: Basis) -> None:
        self.generation, self.started, self.marked_since = basis.generation, basis.started, basis.marked_since
        self.checked: set[RollupKey] = set()
        self.also_checked = 0
        self.late: set[str] = set()
        self.sums: Totals = {}

    def merge(self, part: "Rollups") -> None:
        """Take over what was verified and computed elsewhere."""
        self.also_checked += part.also_checked + len(part.checked)
        self.late |= part.late
        self.add(part.sums)

    def follow(self, transactions: Iterable[TransactionFacts]) -> None:
        """Take what these come to for the whole bank."""
        if self.generation is None:
            return
        posted = [(rollups.posted_of(one), str(one.posted_at)) for one in transactions if one.status == "posted"]
        counted = self.find_counted(posted)
        for one, _ in posted:
            if one.transaction_id in counted:
                rollup.add_to_bank(self.sums, one)

    def add(self, sums: Totals) -> None:
        rollup.add(self.sums, sums)

    def require_bank(self) -> None:
        """Verify the totals of the bank, its branches, categories and books. Raises Broken."""
        if self.generation is None:
            return
        expected = rollup.by_subject(self.sums)
        for subject in sorted({rollup.BANK, rollup.BOOKS, *expected}):
            self.require(subject, list(model.rolled(self.generation, subject)), expected.get(subject, {}))

    def find_counted(self, moved: Sequence[tuple[Posted, str]]) -> set[str]:
        """Return the transactions that must be counted, or are. `moved` has each with when it was posted."""
        recent = [one for one, at in moved if at >= self.marked_since]
        found = rollup_marks.read_marks(self.generation or 0, recent).counted
        absent = {one.transaction_id for one in recent} - found
        self.late |= absent
        return {one.transaction_id for one, _ in moved} - absent

    def require(self, subject: Subject, found: list[Rolled], expected: Mapping[RollupItem, Counter[str]]) -> None:
        """Check that a subject's items equal these totals. Raises Broken."""
        stored = {one.key: one for one in found}
        for key in sorted(expected.keys() | stored.keys()):
            item = stored.get(key)
            if item and item.written_at > self.started:
                continue
            figures, wanted = item.figures if item else Counter[str](), expected.get(key, Counter[str]())
            # Counters compare names one by one, in Python; dictionaries do not, and are nearly always equal.
            for name in () if dict.__eq__(figures, wanted) else sorted(wanted.keys() | figures.keys()):
                require(f"rollup {model.name_of(subject, key)}: {name}", wanted[name], figures[name])
            self.checked.add((subject, key))


@dataclass
class AccountRollups:
    """An account's entries as they are followed."""

    rollups: Rollups
    account_id: str
    posted: dict[str, Posted] = field(default_factory=dict)
    posted_at: dict[str, str] = field(default_factory=dict)

    @property
    def is_there(self) -> bool:
        return self.rollups.generation is not None and not is_general_ledger(self.account_id)

    def follow(self, entry: Entry) -> None:
        if self.is_there:
            on, legs = day(entry.created_at, config.timezone()), ((self.account_id, entry.amount),)
            name, amount = entry.transaction_id, abs(entry.amount)
            number = ((self.account_id, entry.seq),)
            self.posted[name] = Posted(name, entry.type, entry.currency, amount, None, on, legs, number)
            self.posted_at[name] = entry.created_at

    def require_end(self) -> Totals:
        """Check that the account's totals equal those of its entries.

        Raises Broken. Return what it adds to the bank's categories.
        """
        if not self.is_there:
            return {}
        counted = self.rollups.find_counted([(one, self.posted_at[name]) for name, one in self.posted.items()])
        found, labels = model.of_account(self.rollups.generation or 0, self.account_id)
        sums, categories = Totals(), self._categories(labels)
        for name in counted:
            rollup.add_side(sums, self.posted[name], self.account_id, categories.get(name))
        of_account = rollup.account(self.account_id)
        self.rollups.require(of_account, found, rollup.by_subject(sums).get(of_account, {}))
        return rollup.only("category", sums)

    def _categories(self, labels: Mapping[str, LabelCount]) -> dict[str, str | None]:
        """Return, by transaction, the category of its label, or the one under which it is still counted."""
        stored = Label.categories(self.account_id)
        return {
            name: self._category(name, stored.get(name), labels.get(name))
            for name in sorted(stored.keys() | labels.keys())
        }

    def _category(self, name: str, label: Categorized | None, counted: LabelCount | None) -> str | None:
        before, after = counted.category if counted else None, label.category if label else None
        is_older = label is not None and (counted is None or counted.version < label.version)
        if label and before != after and is_older and label.updated_at >= self.rollups.marked_since:
            self.rollups.late.add(f"{self.account_id}#{name}")
            return before
        return after
