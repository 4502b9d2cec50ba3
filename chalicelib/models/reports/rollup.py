"""Rollups as items of the table `reports`: totals that are only added to, in partitions of their generation."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, Self

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib import resources
from chalicelib.domain.days import Days
from chalicelib.domain.month import Month
from chalicelib.domain.reports.rollup import (
    BANK,
    BOOKS,
    BookItem,
    DayItem,
    RollupItem,
    RollupKey,
    Subject,
    Totals,
    account,
)
from chalicelib.domain.time import timestamp
from chalicelib.models.attributes import IntegerAttribute
from chalicelib.models.batch import batch_get_raw
from chalicelib.models.item import Action, Key, RawItem, key_of
from chalicelib.models.paging import ITEMS_AT_ONCE_MAX, walk_pages
from chalicelib.models.reports.generations import ReportItem

LABEL = "LABEL#"
COUNTED = "counted"
"""The numbers of an account's entries whose transactions are in its totals of a day (`rollup_marks.py`)."""
NUMBERS_MAX = 128
"""A number takes 3 to 5 bytes, and a write unit is a kilobyte: a larger set would cost more than items of marks."""
NOTHING_MARKED: Mapping[RollupKey, Collection[int]] = {}


class CountedLabel(ReportItem):
    """Under which category a side of a transaction is counted, and by which version of its label."""

    version = IntegerAttribute()
    category = UnicodeAttribute(null=True)


class LabelCount(NamedTuple):
    """The same, without PynamoDB."""

    category: str | None
    version: int

    @classmethod
    def in_item(cls, item: RawItem) -> Self:
        return cls(item["category"]["S"] if "category" in item else None, int(item["version"]["N"]))


@dataclass(frozen=True)
class Rolled:
    """Sums as they stand; `written_at` is a timestamp in UTC."""

    key: RollupItem
    figures: Counter[str]
    written_at: str


def partition(generation: int, subject: Subject) -> str:
    """Return the partition of a subject's items."""
    return f"{generation}#{_subject_text(subject)}"


def sort_key(item: RollupItem) -> str:
    """Return the sort key of an item of a subject."""
    return "#".join(item)


def item_key(generation: int, subject: Subject, item: RollupItem) -> Key:
    """Return the key of an item of a subject."""
    return partition(generation, subject), sort_key(item)


def name_of(subject: Subject, item: RollupItem) -> str:
    """Return what a subject's item is called in messages: where it is stored, in whatever generation."""
    return f"{_subject_text(subject)} {sort_key(item)}"


def label_key(generation: int, account_id: str, transaction_id: str) -> Key:
    return partition(generation, account(account_id)), f"{LABEL}{transaction_id}"


def read_counted_labels(generation: int, sides: Iterable[tuple[str, str]]) -> dict[tuple[str, str], CountedLabel]:
    """Read the counted labels by (account id, transaction id); those without one are left out."""
    wanted = {label_key(generation, *side): side for side in sides}
    return {wanted[key_of(item)]: CountedLabel.from_raw_data(item) for item in batch_get_raw("reports", wanted)}


def mark_label(key: Key, version: int, category: str | None, before: CountedLabel | None) -> Action:
    """Say under what a side is counted from now on, if it is counted as it was `before`."""
    kind = CountedLabel
    unchanged: Condition = kind.version == before.version if before else kind.pk.does_not_exist()
    made = kind(*key, version=version, category=category)
    return {"Put": made.get_save_kwargs_from_instance(unchanged)}


def additions(
    generation: int, sums: Totals, at: datetime, marked: Mapping[RollupKey, Collection[int]] = NOTHING_MARKED
) -> list[Action]:
    """Add to each item what it is to have more.

    `marked` are the numbers of entries to mark as counted, by the totals that they are in. The action is refused if
    one of them is marked already, or if NUMBERS_MAX are.
    """
    return [
        _addition(generation, place, sums.get(place, Counter()), sorted(marked.get(place, ())), at)
        for place in dict.fromkeys((*sums, *marked))
    ]


def rolled(generation: int, subject: Subject, within: Condition | None = None) -> Iterator[Rolled]:
    """Yield the totals of a subject in the order of their keys: one query a page, usually one page."""
    for page in walk_pages(ReportItem, partition(generation, subject), within=within):
        yield from (_rollup_item(subject, item) for item in page if not item["sk"]["S"].startswith(LABEL))


def daily(generation: int, subject: Subject, days: Days) -> Iterator[tuple[DayItem, Counter[str]]]:
    """Yield the sums of a subject of these days, in their order."""
    # "$" comes after "#", which ends a day.
    for one in rolled(generation, subject, ReportItem.sk.between(f"{days.start}#", f"{days.last}$")):
        if isinstance(one.key, DayItem):
            yield one.key, one.figures


def books_until(generation: int, on: date) -> Iterator[tuple[BookItem, Counter[str]]]:
    """Yield what the books have moved up to and including a day: its month by days, those before by month."""
    month = Month.of(on)
    # Without its "#" a month comes before all of its own items; "$" comes after "#".
    for first, last in (("MONTH#", f"MONTH#{month}"), (f"DAY#{month.first}#", f"DAY#{on}$")):
        for one in rolled(generation, BOOKS, ReportItem.sk.between(first, last)):
            if isinstance(one.key, BookItem):
                yield one.key, one.figures


def remove(generation: int, subject: Subject) -> None:
    """Remove everything that a generation has of a subject. Only the rebuild command may do this, no function."""
    with ReportItem.batch_write() as batch:
        for page in walk_pages(ReportItem, partition(generation, subject)):
            for item in page:
                batch.delete(ReportItem(*key_of(item)))


def of_account(generation: int, account_id: str) -> tuple[list[Rolled], dict[str, LabelCount]]:
    """Read everything of an account: its totals, and its labels by transaction."""
    subject = account(account_id)
    pages = walk_pages(ReportItem, partition(generation, subject), at_once=ITEMS_AT_ONCE_MAX)
    items = [item for page in pages for item in page]
    labels = {item["sk"]["S"].removeprefix(LABEL): item for item in items if item["sk"]["S"].startswith(LABEL)}
    sums = [_rollup_item(subject, item) for item in items if not item["sk"]["S"].startswith(LABEL)]
    return sums, {name: LabelCount.in_item(item) for name, item in labels.items()}


def _addition(generation: int, place: RollupKey, figures: Counter[str], marked: Sequence[int], at: datetime) -> Action:
    names = {f"#{number}": name for number, name in enumerate(figures)}
    values: dict[str, Any] = {f":{number}": {"N": str(value)} for number, value in enumerate(figures.values())}
    added = [f"#{number} :{number}" for number in range(len(figures))]
    update: dict[str, Any] = {}
    if marked:
        values |= {":marked": {"NS": [str(seq) for seq in marked]}, ":room": {"N": str(NUMBERS_MAX)}}
        values |= {f":seq{seq}": {"N": str(seq)} for seq in marked}
        added.append(f"{COUNTED} :marked")
        is_new = " AND ".join(f"NOT contains({COUNTED}, :seq{seq})" for seq in marked)
        has_room = f"(attribute_not_exists({COUNTED}) OR size({COUNTED}) < :room)"
        update["ConditionExpression"] = f"{is_new} AND {has_room}"
    pk, sk = item_key(generation, *place)
    update |= {
        "TableName": _table(),
        "Key": {"pk": {"S": pk}, "sk": {"S": sk}},
        "UpdateExpression": f"SET written_at = :at ADD {', '.join(added)}",
        "ExpressionAttributeValues": values | {":at": {"S": timestamp(at)}},
    }
    if names:
        update["ExpressionAttributeNames"] = names
    return {"Update": update}


def _subject_text(subject: Subject) -> str:
    kind = subject.kind.upper()
    return kind if subject in (BANK, BOOKS) else f"{kind}#{subject.id}"


def item_of(subject: Subject, sk: str) -> RollupItem:
    """Return which item of a subject a sort key is of; of one that is no sort key of ours, parts are empty."""
    if subject == BOOKS:
        level, _, rest = sk.partition("#")
        period, _, rest = rest.partition("#")
        currency, _, booked = rest.partition("#")
        return BookItem(level, period, currency, booked)
    day, _, category = sk.partition("#")
    return DayItem(day, category)


def _rollup_item(subject: Subject, item: RawItem) -> Rolled:
    figures = Counter({name: int(value["N"]) for name, value in item.items() if "N" in value and value["N"] != "0"})
    return Rolled(item_of(subject, item["sk"]["S"]), figures, item.get("written_at", {"S": ""})["S"])


def _table() -> str:
    return resources.table_name("reports")
