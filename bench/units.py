"""The read and write request units that DynamoDB bills, computed from the items, for emulators do not bill alike.

The rules are those of the Amazon DynamoDB Developer Guide:

- "DynamoDB item sizes and formats": a string has its UTF-8 bytes, a number about a byte for two significant digits and
  one more, null and Boolean one byte, a list or map three bytes and one more for each element; names count in full.
- "DynamoDB read and write operations": a read takes one unit for each 4 KB begun, half of that if it is eventually
  consistent; items of a batch are rounded one by one, a query's items together; what is absent costs the least there
  is. A write takes one unit for each 1 KB begun of the item as it was or as it is, whichever is larger.
- "Managing complex workflows with transactions": every item of a transaction is written twice, once to prepare and once
  to commit, so it takes twice the units; this is assumed of a condition check too, the guide being silent.
- "Using Global Secondary Indexes", write capacity: an entry that comes, goes or changes takes what a write of its size
  takes, one whose key changes takes both, one that stays as it is takes none. Indexes follow after the commit, so their
  units are not doubled.
"""

import math
from dataclasses import dataclass
from typing import Any

KILOBYTE = 1024
READ_BYTES = 4 * KILOBYTE
WRITE_BYTES = KILOBYTE
TRANSACTIONAL = 2
STORAGE_OVERHEAD_BYTES = 100

RawItem = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Index:
    """A table or an index of one: what its key is made of, and whether it projects whole items."""

    name: str
    key: tuple[str, ...]
    projects_all: bool


def item_size(item: RawItem) -> int:
    """Bytes of an item, names and all."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def read_units(size: int, *, consistent: bool) -> float:
    """For an item of so many bytes, or for all that a query has read; 0 bytes are an absent item."""
    units = max(1, math.ceil(size / READ_BYTES))
    return units if consistent else units / 2


def write_units(before: RawItem | None, after: RawItem | None, *, transactional: bool) -> int:
    """For an item as it was and as it is; None where there is none."""
    size = max(item_size(before or {}), item_size(after or {}))
    return _written(size) * (TRANSACTIONAL if transactional else 1)


def index_units(index: Index, table_key: tuple[str, ...], before: RawItem | None, after: RawItem | None) -> int:
    """What one index takes to follow a write."""
    old, new = _entry(index, table_key, before), _entry(index, table_key, after)
    if old == new:
        return 0
    if old is not None and new is not None and all(old[name] == new[name] for name in index.key):
        return _written(max(item_size(old), item_size(new)))
    return sum(_written(item_size(entry)) for entry in (old, new) if entry is not None)


def stored_size(index: Index, table_key: tuple[str, ...], item: RawItem | None) -> int:
    """Bytes billed for keeping an item in a table or index: 100 more than it has."""
    entry = _entry(index, table_key, item)
    return item_size(entry) + STORAGE_OVERHEAD_BYTES if entry else 0


def _entry(index: Index, table_key: tuple[str, ...], item: RawItem | None) -> RawItem | None:
    if item is None or any(name not in item for name in index.key):
        return None
    return {name: value for name, value in item.items() if index.projects_all or name in (*index.key, *table_key)}


def _written(size: int) -> int:
    return max(1, math.ceil(size / WRITE_BYTES))


def _value_size(value: dict[str, Any]) -> int:
    [(kind, content)] = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return _number_size(content)
    if kind == "B":
        return len(content)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _value_size(one) for name, one in content.items())
    if kind == "L":
        return 3 + sum(1 + _value_size(one) for one in content)
    if kind in ("NULL", "BOOL"):
        return 1
    return sum(_value_size({kind[0]: one}) for one in content)


def _number_size(text: str) -> int:
    """Its sign takes a byte as well."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return math.ceil(len(digits) / 2) + 1 + text.startswith("-")
