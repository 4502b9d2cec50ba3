"""Reads of many items by key, from one table or several."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from chalicelib import aws, resources
from chalicelib.domain.errors import ServiceRefused
from chalicelib.models import connection, pauses
from chalicelib.models.item import BankItem, Key, RawItem

ItemT = TypeVar("ItemT", bound=BankItem)
BATCH_MAX = 100
ATTEMPTS_MAX = 5
Requests = dict[str, dict[str, Any]]
"""`RequestItems` of a BatchGetItem: keys and consistency, by the name of the table."""


@dataclass(frozen=True)
class Wanted:
    """Items of a table to read."""

    table: str
    keys: Iterable[Key]
    consistent: bool = True


def merge(wanted: Iterable[Wanted]) -> list[Wanted]:
    """Return the same items, each once, with all of a table together: consistent if one of them must be."""
    keys: dict[str, dict[Key, None]] = {}
    consistent = dict[str, bool]()
    for one in wanted:
        keys.setdefault(one.table, {}).update(dict.fromkeys(one.keys))
        consistent[one.table] = consistent.get(one.table, False) or one.consistent
    return [Wanted(table, list(found), consistent[table]) for table, found in keys.items()]


def batch_get(keys: Iterable[Key], *, consistent: bool = True) -> list[BankItem]:
    """Return the items of `bank` that exist, in any order; one call for each hundred keys."""
    return [BankItem.from_raw_data(item) for item in batch_get_raw("bank", keys, consistent=consistent)]


def get_all(kind: type[ItemT], keys: Iterable[Key], *, consistent: bool = True) -> list[ItemT]:
    """Return the items of one kind that exist, in the order of their keys."""
    wanted = list(keys)
    found = {item.own_key: item for item in batch_get(wanted, consistent=consistent) if isinstance(item, kind)}
    return [found[key] for key in wanted if key in found]


def batch_get_raw(table: str, keys: Iterable[Key], *, consistent: bool = True) -> list[RawItem]:
    """Return the items of any table that exist, in DynamoDB's own notation."""
    return batch_get_of([Wanted(table, keys, consistent)])[table]


def batch_get_of(wanted: Sequence[Wanted]) -> dict[str, list[RawItem]]:
    """Return the items of several tables that exist, by table; one call for each hundred keys of all of them."""
    found: dict[str, list[RawItem]] = {one.table: [] for one in wanted}
    names = {resources.table_name(table): table for table in found}
    places = [(one, key) for one in wanted for key in dict.fromkeys(one.keys)]
    for start in range(0, len(places), BATCH_MAX):
        for name, item in _batch(_requests(places[start : start + BATCH_MAX])):
            found[names[name]].append(item)
    return found


def _requests(places: Iterable[tuple[Wanted, Key]]) -> Requests:
    asked: Requests = {}
    for one, (pk, sk) in places:
        name = resources.table_name(one.table)
        request = asked.setdefault(name, {"Keys": [], "ConsistentRead": one.consistent})
        request["Keys"].append({"pk": {"S": pk}, "sk": {"S": sk}})
    return asked


def _batch(asked: Requests) -> Iterator[tuple[str, RawItem]]:
    """Yield the items of one call, and of those for keys that it left over, each with the name of its table."""
    for _ in pauses.batch_attempts(ATTEMPTS_MAX):
        with aws.translate_read_errors():
            answer = connection.client().batch_get_item(RequestItems=asked)
        yield from ((name, item) for name, items in answer["Responses"].items() for item in items)
        asked = {name: left for name, left in answer.get("UnprocessedKeys", {}).items() if left.get("Keys")}
        if not asked:
            return
    raise ServiceRefused(
        "The bank is too busy to read what this request needs. Nothing was done; retry.", retry_after_seconds=1
    )
