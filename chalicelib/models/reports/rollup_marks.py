"""Marks of transactions that are counted in a generation: numbers in their accounts' totals, or items of their own.

A transaction is marked by the numbers of its entries in the set `counted` of its accounts' totals of the day: these are
written with it anyway, so the mark takes no write of its own. A set that has NUMBERS_MAX takes no more, so that the
item stays small. A transaction of such an account, or of no customer, is marked by an item, as all were in generations
that began before there were numbers. A set never shrinks, so a transaction that is delivered again is found where it
was marked, in whatever order transactions come.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib import resources
from chalicelib.domain.reports.rollup import MarkPlace, Posted, RollupKey
from chalicelib.models.batch import batch_get_raw
from chalicelib.models.item import Action, Key, key_of
from chalicelib.models.reports.rollup import COUNTED, NUMBERS_MAX, item_key

TABLE = "reports"
MARKS_KEPT = timedelta(days=3)
"""A mark must outlast whatever the stream may still deliver: it remembers for 24 hours."""


@dataclass(frozen=True)
class Marks:
    """The marks that were read: the ids of transactions that are counted, and the totals whose sets are full."""

    counted: frozenset[str] = frozenset()
    full: frozenset[RollupKey] = frozenset()

    def have_room(self, posted: Posted) -> bool:
        """Return whether all totals in which a transaction is marked take one more."""
        return not any(place.totals in self.full for place in posted.mark_places)


NO_MARKS = Marks()


def read_marks(generation: int, posted: Iterable[Posted]) -> Marks:
    """Read which transactions are counted: in their accounts' totals, and for those that are not there, by items."""
    wanted = list(posted)
    numbers = _read_numbers(generation, {place.totals for one in wanted for place in one.mark_places})
    counted = {one.transaction_id for one in wanted if any(_holds(numbers, place) for place in one.mark_places)}
    counted |= find_marked(generation, {one.transaction_id for one in wanted} - counted)
    full = {totals for totals, found in numbers.items() if len(found) >= NUMBERS_MAX}
    return Marks(frozenset(counted), frozenset(full))


def find_marked(generation: int, names: Iterable[str]) -> set[str]:
    """Return which transactions, or lots of a rebuild, have a mark that is an item."""
    named = {_mark_key(generation, name): name for name in names}
    return {named[key_of(item)] for item in batch_get_raw(TABLE, named)}


def mark(generation: int, name: str, at: datetime) -> Action:
    """Keep a transaction, or a lot of a rebuild, from being counted again, by an item."""
    pk, sk = _mark_key(generation, name)
    expires_at = {"N": str(int((at + MARKS_KEPT).timestamp()))}
    item = {"pk": {"S": pk}, "sk": {"S": sk}, "expires_at": expires_at}
    table = resources.table_name(TABLE)
    return {"Put": {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}


def _read_numbers(generation: int, totals: Iterable[RollupKey]) -> Mapping[RollupKey, frozenset[int]]:
    named = {item_key(generation, *one): one for one in totals}
    return {
        named[key_of(item)]: frozenset(map(int, item[COUNTED]["NS"]))
        for item in batch_get_raw(TABLE, named)
        if COUNTED in item
    }


def _holds(numbers: Mapping[RollupKey, frozenset[int]], place: MarkPlace) -> bool:
    return place.seq in numbers.get(place.totals, ())


def _mark_key(generation: int, name: str) -> Key:
    return f"{generation}#COUNTED#{name}", "COUNTED"
