"""Watches the calls that leave for AWS: how many, and what they cost in DynamoDB's units."""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field
from typing import Any

import botocore

from bench.units import Index, RawItem, index_units, item_size, read_units, stored_size, write_units

ItemKey = tuple[str, str, str]
"""Table, pk, sk."""


@dataclass
class Units:
    """Request units consumed, and by how many bytes the tables and their indexes grew."""

    read: float = 0
    write: float = 0
    index_write: float = 0
    stored_bytes: int = 0

    @property
    def all_write(self) -> float:
        return self.write + self.index_write

    def __add__(self, other: "Units") -> "Units":
        return Units(*(mine + others for mine, others in zip(astuple(self), astuple(other), strict=True)))


@dataclass
class Watch:
    """Sees every botocore client that is built after it began to watch."""

    calls: Counter[str] = field(default_factory=Counter)
    units: Units = field(default_factory=Units)
    own_cpu_ns: int = 0
    """What looking at items has taken of the process's CPU time since units were counted."""
    _tables: dict[str, list[Index]] = field(default_factory=dict)
    _database: Any = None
    _before: dict[ItemKey, RawItem | None] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        """Hook into whatever clients are built from now on."""
        botocore.register_initializer(self._hook)

    def end(self) -> None:
        """Leave clients that are built from now on alone: another emulator's own, through which items are looked at."""
        botocore.unregister_initializer(self._hook)

    @contextmanager
    def counting_calls(self) -> Iterator[Counter[str]]:
        """Calls by operation, of the block."""
        counted: Counter[str] = Counter()
        self.calls = counted
        yield counted
        self.calls = Counter()

    @contextmanager
    def counting_units(self, database: Any, tables: dict[str, list[Index]]) -> Iterator[Units]:
        """Units of the block. `database` is a client from before the watch, to look at items before and after."""
        self.units, self._database, self._tables, self.own_cpu_ns = Units(), database, tables, 0
        yield self.units
        self._database = None

    def _hook(self, session: Any) -> None:
        session.register("before-call", self._count)
        session.register("provide-client-params.dynamodb", self._look_before)
        session.register("after-call.dynamodb", self._look_after)

    def _count(self, model: Any, **_: Any) -> None:
        with self._lock:
            self.calls[model.name] += 1

    def _look_before(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        if self._database is None:
            return
        context["florin_asked"] = (params, self._items(_written_keys(model.name, params)))

    def _look_after(self, parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        if self._database is None:
            return
        started = time.process_time_ns()
        params, before = context["florin_asked"]
        with self._lock:
            for key, new in self._items(before).items():
                self._add_write(key[0], before[key], new, transactional=model.name == "TransactWriteItems")
            for size, consistent in _reads(model.name, params, parsed):
                self.units.read += read_units(size, consistent=consistent)
        self.own_cpu_ns += time.process_time_ns() - started

    def _add_write(self, table: str, old: RawItem | None, new: RawItem | None, *, transactional: bool) -> None:
        own, *indexes = self._tables[table]
        self.units.write += write_units(old, new, transactional=transactional)
        self.units.index_write += sum(index_units(index, own.key, old, new) for index in indexes)
        self.units.stored_bytes += sum(
            stored_size(index, own.key, new) - stored_size(index, own.key, old) for index in (own, *indexes)
        )

    def _items(self, keys: Iterable[ItemKey]) -> dict[ItemKey, RawItem | None]:
        """The items as they stand; a transaction's hundred at most, so one call."""
        found: dict[ItemKey, RawItem | None] = dict.fromkeys(keys)
        asked: dict[str, Any] = {}
        for table, pk, sk in found:
            keys_of_table = asked.setdefault(table, {"Keys": [], "ConsistentRead": True})["Keys"]
            keys_of_table.append({"pk": {"S": pk}, "sk": {"S": sk}})
        answer = self._database.batch_get_item(RequestItems=asked)["Responses"] if asked else {}
        for table, items in answer.items():
            found |= {(table, *_key_of(item)): item for item in items}
        return found


def _written_keys(operation: str, params: dict[str, Any]) -> list[ItemKey]:
    """Items that a call writes, or in a transaction only checks."""
    if operation == "TransactWriteItems":
        actions = [action for wrapped in params["TransactItems"] for action in wrapped.values()]
    elif operation == "BatchWriteItem":
        actions = [
            {"TableName": table, **one["PutRequest"]} for table, all_ in params["RequestItems"].items() for one in all_
        ]
    else:
        actions = [params] if operation in ("PutItem", "UpdateItem", "DeleteItem") else []
    return [(one["TableName"], *_key_of(one.get("Key") or one["Item"])) for one in actions]


def _reads(operation: str, params: dict[str, Any], parsed: dict[str, Any]) -> Iterator[tuple[int, bool]]:
    """The size of what was read, and whether consistently; 0 for an item that is absent."""
    consistent = bool(params.get("ConsistentRead"))
    if operation == "GetItem":
        yield item_size(parsed.get("Item", {})), consistent
    elif operation == "Query":
        yield sum(map(item_size, parsed["Items"])), consistent
    elif operation == "BatchGetItem":
        for table, asked in params["RequestItems"].items():
            found = {_key_of(item): item for item in parsed["Responses"][table]}
            for key in asked["Keys"]:
                yield item_size(found.get(_key_of(key), {})), bool(asked.get("ConsistentRead"))


def _key_of(item: RawItem) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]
