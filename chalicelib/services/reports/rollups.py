"""Counts posted transactions into the rollups, exactly once although the stream delivers at least once.

What is counted and the mark that it has been commit together, so whatever is told again, or by two at once, finds the
mark and drops out. A transaction is marked in the totals of its accounts (`rollup_marks.py`). A side's category is
marked by the version of its label: the figures move from the category under which they are counted to the one that the
label says, and never back for an older version that comes late. So the order in which things are told does not matter
either.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chalicelib import clock, config
from chalicelib.domain.reports import rollup
from chalicelib.domain.reports.rollup import DayItem, MarkPlace, Posted, RollupKey, Totals
from chalicelib.domain.time import day
from chalicelib.models import transact
from chalicelib.models.batch import batch_get
from chalicelib.models.item import Action
from chalicelib.models.ledger.shards import without_shard
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.ledger.transaction_facts import TransactionFacts
from chalicelib.models.payments.label import Label
from chalicelib.models.reports import rollup as model
from chalicelib.models.reports import rollup_marks
from chalicelib.models.reports.generations import FIRST, Generations
from chalicelib.models.reports.rollup import CountedLabel
from chalicelib.models.reports.rollup_marks import NO_MARKS, Marks
from chalicelib.observability import count as count_metric

ACTIONS_MAX = 100
Side = tuple[str, str]
"""An account and a transaction."""


@dataclass(frozen=True)
class LabelVersion:
    """A label as of a version, and the transaction on whose side it is."""

    side: Side
    version: int
    category: str | None
    posted: Posted


@dataclass(frozen=True)
class _Step:
    """What is counted once, and its mark: an action, or the places in totals."""

    sums: Totals
    mark: Action | None = None
    places: tuple[MarkPlace, ...] = ()


full_totals: set[tuple[int, RollupKey]] = set()
"""Totals, by generation, that this process has found to take no more marks: before it counts into them it reads."""
FULL_MAX = 1000


def posted_of(transaction: Transaction | TransactionFacts) -> Posted:
    """Return the parts of a posted transaction that reports count."""
    return Posted(
        transaction_id=transaction.id,
        type=transaction.transaction_type,
        currency=transaction.currency,
        amount=transaction.amount,
        branch_id=transaction.branch_id,
        day=day(str(transaction.posted_at), config.timezone()),
        legs=tuple((without_shard(one["account_id"]), one["amount"]) for one in transaction.entries or []),
        numbers=tuple((one["account_id"], one["seq"]) for one in transaction.entries or []),
    )


def count(posted: Sequence[Transaction], labelled: Sequence[Label]) -> None:
    """Count what the stream tells in every generation that there is.

    A generation that begins afterwards is built from a ledger in which all of this is. Raises Contention or
    OutcomeUnknown when others are too many; what was counted stays counted.
    """
    also = _labels_of([one for one in posted if one.legs is not None])
    moved = _label_versions([*labelled, *also], posted)
    stored = Generations.stored() or Generations.first()
    for generation in stored.all:
        count_in(generation, list(map(posted_of, posted)), moved, is_numbered=stored.is_numbered(generation))


def count_afresh(generation: int, posted: Sequence[Transaction]) -> None:
    """Count transactions with the labels that they have now in one generation."""
    count_in(generation, list(map(posted_of, posted)), _label_versions(_labels_of(posted), posted))


def current() -> int:
    """Return the generation that reports read."""
    stored = Generations.stored()
    return stored.current if stored else FIRST


def find_uncounted(transactions: Iterable[Transaction]) -> set[str]:
    """Return which of these recent transactions are posted, and not in the totals that reports read."""
    posted = [posted_of(one) for one in transactions if one.status == "posted"]
    return {one.transaction_id for one in posted} - rollup_marks.read_marks(current(), posted).counted


def count_in(
    generation: int, posted: Sequence[Posted], labelled: Sequence[LabelVersion], *, is_numbered: bool = True
) -> None:
    """Count in one generation what has not been counted there, in as few transactions as it fits into.

    `is_numbered`: the generation marks transactions in totals.
    """
    by_name: dict[str, Posted | LabelVersion] = {one.transaction_id: one for one in posted}
    by_name |= {"#".join(one.side): one for one in sorted(labelled, key=lambda one: one.version)}
    sized = ((name, _places(one)) for name, one in by_name.items())
    for names in rollup.chunks(sized, ACTIONS_MAX):
        _count_together(generation, [by_name[name] for name in names], is_numbered=is_numbered)


def _count_together(generation: int, wanted: list[Posted | LabelVersion], *, is_numbered: bool) -> None:
    ambiguous = False
    for attempt in transact.attempts():
        steps = _steps(generation, wanted, is_first=attempt == 0, is_numbered=is_numbered)
        if not steps:
            return
        try:
            transact.write(_actions(generation, steps))
        except (transact.Cancelled, transact.Rejected):
            count_metric("RollupAttemptsRepeated", 1)
        except transact.Ambiguous:
            ambiguous = True
        else:
            return
    raise transact.gave_up(ambiguous=ambiguous)


def _actions(generation: int, steps: Sequence[_Step]) -> list[Action]:
    sums = rollup.merge_totals(step.sums for step in steps)
    marked = defaultdict[RollupKey, set[int]](set)
    for place in (place for step in steps for place in step.places):
        marked[place.totals].add(place.seq)
    marks = [step.mark for step in steps if step.mark]
    return marks + model.additions(generation, sums, clock.now(), marked)


def _steps(generation: int, wanted: list[Posted | LabelVersion], *, is_first: bool, is_numbered: bool) -> list[_Step]:
    """Return the steps for those transactions and labels that are not counted yet.

    Nearly all transactions are told for the first time, so marks are read when one has stopped the write, or when
    totals may be full: what was marked in them before must not be marked by an item now.
    """
    posted = [one for one in wanted if isinstance(one, Posted)]
    labelled = [one for one in wanted if isinstance(one, LabelVersion)]
    marks = NO_MARKS
    if not is_first or any((generation, place.totals) in full_totals for one in posted for place in one.mark_places):
        marks = _read_marks(generation, posted)
    steps = list[_Step]()
    for one in posted:
        if one.transaction_id not in marks.counted:
            places = one.mark_places if is_numbered and marks.have_room(one) else ()
            mark = None if places else rollup_marks.mark(generation, one.transaction_id, clock.now())
            steps.append(_Step(rollup.of_posted(one), mark, places))
    counted = model.read_counted_labels(generation, (one.side for one in labelled))
    return steps + [step for one in labelled if (step := _move(generation, one, counted.get(one.side)))]


def _read_marks(generation: int, posted: Sequence[Posted]) -> Marks:
    """Read marks, and remember which totals take no more of them."""
    found = rollup_marks.read_marks(generation, posted)
    if len(full_totals) > FULL_MAX:
        full_totals.clear()
    full_totals.update((generation, totals) for totals in found.full)
    return found


def _move(generation: int, label: LabelVersion, counted: CountedLabel | None) -> _Step | None:
    """Return the step that moves a side to the label's category, or None if the label is older or the same.

    A label without a category is marked where nothing is counted, so that whoever read it earlier does not count it.
    """
    before = counted.category if counted else None
    if counted and (counted.version >= label.version or counted.category == label.category):
        return None
    if not counted and label.category is None and label.version == 1:
        return None
    mark = model.mark_label(model.label_key(generation, *label.side), label.version, label.category, counted)
    return _Step(rollup.move_category(label.posted, label.side[0], before, label.category), mark)


def _places(one: Posted | LabelVersion) -> frozenset[RollupKey]:
    """Return the items that the count may need.

    A label's old category is known later: it needs one item of its account and one of a category.
    """
    if isinstance(one, Posted):
        return frozenset(rollup.of_posted(one))
    account_id, transaction_id = one.side
    unknown = DayItem(transaction_id)
    before = ((rollup.account(account_id), unknown), (rollup.category(""), unknown))
    return frozenset((*rollup.move_category(one.posted, account_id, None, one.category), *before))


def _label_versions(labels: Sequence[Label], posted: Sequence[Transaction]) -> list[LabelVersion]:
    """Return labels with their transactions.

    A label of a transaction that is not posted yet is counted with its posting.
    """
    known = {one.id: one for one in posted}
    unknown = {label.transaction_id for label in labels} - known.keys()
    found = batch_get(map(Transaction.key, unknown)) if unknown else []
    known |= {one.id: one for one in found if isinstance(one, Transaction) and one.status == "posted"}
    return [
        LabelVersion((label.account_id, label.transaction_id), label.version, label.category, posted_of(one))
        for label in labels
        if (one := known.get(label.transaction_id))
    ]


def _labels_of(transactions: Iterable[Transaction]) -> list[Label]:
    keys = [Label.key(side.account_id, one.id) for one in transactions for side in one.sides()]
    return [item for item in batch_get(keys) if isinstance(item, Label)] if keys else []
