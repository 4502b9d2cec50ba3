"""Rebuilds rollups of what the stream no longer delivers: no other writer counts it, so it is added up first.

An account's totals come from its entries and labels. The bank's totals come from transactions, each counted at the
account that pays first. The sums are written in batches, as many items as one transaction takes, with one mark for the
batch instead of one for each transaction. Labels keep their own marks, because a label can change at any time: the
consumer then counts it, too, and the second of the two finds the mark of the first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chalicelib import clock, config
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.domain.reports import rollup
from chalicelib.domain.reports.rollup import Posted, Totals
from chalicelib.domain.time import day
from chalicelib.models import transact
from chalicelib.models.item import Action
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.payments.label import Label
from chalicelib.models.reports import rollup as model
from chalicelib.models.reports import rollup_marks
from chalicelib.models.transact import Reason
from chalicelib.observability import count as count_metric
from chalicelib.services.reports import rollups
from chalicelib.services.reports.rollups import ACTIONS_MAX, LabelVersion

PLACES_MAX = 20_000
"""Items of the bank's sums that are held in memory: a few hundred bytes each."""


@dataclass
class _Batch:
    """What is written together: the sums, and the labels under whose categories sides are in them."""

    sums: Totals = field(default_factory=dict)
    labelled: list[LabelVersion] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Return whether the batch's mark and one more side with its label might not fit."""
        return len(self.sums) + len(self.labelled) > ACTIONS_MAX - 3

    def add(self, sums: Totals, labelled: LabelVersion | None = None) -> None:
        rollup.add(self.sums, sums)
        if labelled:
            self.labelled.append(labelled)

    def without(self, taken: list[LabelVersion]) -> "_Batch":
        """Return the batch with these sides counted under no category."""
        sums = [_own(rollup.move_category(one.posted, one.side[0], one.category, None)) for one in taken]
        return _Batch(rollup.merge_totals([self.sums, *sums]), [one for one in self.labelled if one not in taken])


class SettledRollups:
    """The rebuild of one generation. `transactions` counts those that are included."""

    def __init__(self, generation: int):
        self._generation = generation
        self._lots = 0
        self._bank: Totals = {}
        self.transactions = 0

    def take_sides(self, account_id: str, entries: Iterable[LedgerEntry], labels: Mapping[str, Label]) -> None:
        """Count a customer's account by its entries, and the categories of its labels by transaction."""
        if is_general_ledger(account_id):
            return
        lot = _Batch()
        for entry in entries:
            posted, label = _side(entry), labels.get(entry.transaction_id)
            if label is not None and label.category:
                labelled = LabelVersion((account_id, posted.transaction_id), label.version, label.category, posted)
                lot.add(rollup.merge_totals([rollup.of_sides(posted), _own(_move(labelled))]), labelled)
            else:
                lot.add(rollup.of_sides(posted))
            if lot.is_full:
                self._write_sides(lot)
                lot = _Batch()
        self._write_sides(lot)

    def take(self, transactions: Iterable[Transaction]) -> None:
        """Count in the bank, its branches and its books."""
        for one in transactions:
            rollup.add(self._bank, rollup.of_bank(rollups.posted_of(one)))
            self.transactions += 1
            if len(self._bank) > PLACES_MAX:
                self.flush()

    def flush(self) -> None:
        """Write what is held in memory."""
        lot = _Batch()
        for place, figures in self._bank.items():
            lot.add({place: figures})
            if lot.is_full:
                self._write(lot)
                lot = _Batch()
        self._write(lot)
        self._bank = {}

    def _write_sides(self, lot: _Batch) -> None:
        written = self._write(lot)
        for one in written.labelled:
            moved = _move(one)
            rollup.add(self._bank, rollup.only("category", moved))
        contested = [one for one in lot.labelled if one not in written.labelled]
        rollups.count_in(self._generation, [], contested)

    def _write(self, lot: _Batch) -> _Batch:
        """Write a batch, and return what was written: of its labels only those that nobody else had counted."""
        if not lot.sums:
            return lot
        self._lots += 1
        name, ambiguous = f"LOT-{self._lots}", False
        for _ in transact.attempts():
            try:
                transact.write(self._actions(name, lot))
                return lot
            except transact.Cancelled as cancelled:
                count_metric("RollupAttemptsRepeated", 1)
                ambiguous = ambiguous or cancelled.was_resent
                if ambiguous and rollup_marks.find_marked(
                    self._generation, [name]
                ):  # one that was not answered had been written
                    return lot
                lot = lot.without(_labels_of_others(lot, cancelled.reasons))
            except transact.Rejected:
                count_metric("RollupAttemptsRepeated", 1)
            except transact.Ambiguous:
                ambiguous = True
        raise transact.gave_up(ambiguous=ambiguous)

    def _actions(self, name: str, lot: _Batch) -> list[Action]:
        """Return the actions: the mark's first, then the labels' in their order."""
        now, generation = clock.now(), self._generation
        labels = [
            model.mark_label(model.label_key(generation, *one.side), one.version, one.category, None)
            for one in lot.labelled
        ]
        return [rollup_marks.mark(generation, name, now), *labels, *model.additions(generation, lot.sums, now)]


def _side(entry: LedgerEntry) -> Posted:
    """Return the transaction as far as an entry describes it: enough for the totals of its account."""
    return Posted(
        transaction_id=entry.transaction_id,
        type=entry.type,
        currency=entry.currency,
        amount=abs(entry.amount),
        branch_id=None,
        day=day(entry.created_at, config.timezone()),
        legs=((entry.account_id, entry.amount),),
    )


def _labels_of_others(lot: _Batch, reasons: list[Reason]) -> list[LabelVersion]:
    """Return the labels that somebody else has counted."""
    return [one for one, reason in zip(lot.labelled, reasons[1:], strict=False) if reason.is_condition]


def _move(one: LabelVersion) -> Totals:
    """Return the move from no category to the label's."""
    return rollup.move_category(one.posted, one.side[0], None, one.category)


def _own(moved: Totals) -> Totals:
    """Return what a moved category changes in the account's own totals."""
    return rollup.without("category", moved)
