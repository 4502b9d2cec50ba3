"""Rollups of what the stream has forgotten: nobody else can count it, so it is added up before it is written.

An account's own sums come from its entries and labels, those of the bank from transactions, each of which is taken
where it is first paid from. What is added up is written in lots, as many items as one transaction takes, with a mark of
the lot instead of one for each transaction. Labels are marked as ever, for one of them may be changed at any time: the
consumer is then told of it, and whoever of the two comes second finds the other's mark.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chalicelib import clock, config
from chalicelib.domain import rollup
from chalicelib.domain.position import is_general_ledger
from chalicelib.domain.rollup import Posted, Sums
from chalicelib.domain.time import day
from chalicelib.models import rollup as model
from chalicelib.models import transact
from chalicelib.models.entry import LedgerEntry
from chalicelib.models.item import Action
from chalicelib.models.label import Label
from chalicelib.models.transact import Reason
from chalicelib.models.transaction import Transaction
from chalicelib.observability import count as count_metric
from chalicelib.services import rollups
from chalicelib.services.rollups import ACTIONS_MAX, Labelled

PLACES_MAX = 20_000
"""Items of the bank's sums that are held in memory: a few hundred bytes each."""
CATEGORY = rollup.category("")


@dataclass
class _Lot:
    """What is written together: the sums, and the labels under whose categories sides are in them."""

    sums: Sums = field(default_factory=dict)
    labelled: list[Labelled] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Whether the mark of the lot, and one more side with its label, might not fit."""
        return len(self.sums) + len(self.labelled) > ACTIONS_MAX - 3

    def add(self, sums: Sums, labelled: Labelled | None = None) -> None:
        rollup.add(self.sums, sums)
        if labelled:
            self.labelled.append(labelled)

    def without(self, taken: list[Labelled]) -> "_Lot":
        """With these sides in no category."""
        sums = [_own(rollup.recategorised(one.posted, one.side[0], one.category, None)) for one in taken]
        return _Lot(rollup.united([self.sums, *sums]), [one for one in self.labelled if one not in taken])


class SettledRollups:
    """One generation's, under way. `transactions` are those that have been taken."""

    def __init__(self, generation: int):
        self._generation = generation
        self._lots = 0
        self._bank: Sums = {}
        self.transactions = 0

    def take_sides(self, account_id: str, entries: Iterable[LedgerEntry], labels: Mapping[str, Label]) -> None:
        """Count a customer's account by its entries, and the categories of its labels by transaction."""
        if is_general_ledger(account_id):
            return
        lot = _Lot()
        for entry in entries:
            posted, label = _side(entry), labels.get(entry.transaction_id)
            if label is not None and label.category:
                labelled = Labelled((account_id, posted.transaction_id), label.version, label.category, posted)
                lot.add(rollup.united([rollup.of_sides(posted), _own(_move(labelled))]), labelled)
            else:
                lot.add(rollup.of_sides(posted))
            if lot.is_full:
                self._write_sides(lot)
                lot = _Lot()
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
        lot = _Lot()
        for place, figures in self._bank.items():
            lot.add({place: figures})
            if lot.is_full:
                self._write(lot)
                lot = _Lot()
        self._write(lot)
        self._bank = {}

    def _write_sides(self, lot: _Lot) -> None:
        written = self._write(lot)
        for one in written.labelled:
            moved = _move(one)
            rollup.add(
                self._bank, {place: figures for place, figures in moved.items() if place[0].startswith(CATEGORY)}
            )
        contested = [one for one in lot.labelled if one not in written.labelled]
        rollups.count_in(self._generation, [], contested)

    def _write(self, lot: _Lot) -> _Lot:
        """What of a lot was written: of labels only those that nobody else had counted by then."""
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
                if ambiguous and model.marked(self._generation, [name]):  # one that was not answered had been written
                    return lot
                lot = lot.without(_taken(lot, cancelled.reasons))
            except transact.Rejected:
                count_metric("RollupAttemptsRepeated", 1)
            except transact.Ambiguous:
                ambiguous = True
        raise transact.gave_up(ambiguous=ambiguous)

    def _actions(self, name: str, lot: _Lot) -> list[Action]:
        """The labels' come after the mark's, in their order."""
        now, generation = clock.now(), self._generation
        labels = [
            model.mark_label(model.label_key(generation, *one.side), one.version, one.category, None)
            for one in lot.labelled
        ]
        return [model.mark(generation, name, now), *labels, *model.additions(generation, lot.sums, now)]


def _side(entry: LedgerEntry) -> Posted:
    """What an entry says of its transaction: as much as its own account's sums are made of."""
    return Posted(
        transaction_id=entry.transaction_id,
        type=entry.type,
        currency=entry.currency,
        amount=abs(entry.amount),
        branch_id=None,
        day=day(entry.created_at, config.timezone()),
        legs=((entry.account_id, entry.amount),),
    )


def _taken(lot: _Lot, reasons: list[Reason]) -> list[Labelled]:
    """The labels that somebody else has counted."""
    return [one for one, reason in zip(lot.labelled, reasons[1:], strict=False) if reason.is_condition]


def _move(one: Labelled) -> Sums:
    """From no category to the label's."""
    return rollup.recategorised(one.posted, one.side[0], None, one.category)


def _own(moved: Sums) -> Sums:
    """What a moved category changes in the account's own sums."""
    return {place: figures for place, figures in moved.items() if not place[0].startswith(CATEGORY)}
