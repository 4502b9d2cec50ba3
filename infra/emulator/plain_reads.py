"""Answers plain reads in MiniStack's place: whole partitions, whole tables, and batches of items by key.

MiniStack sorts, compares and copies all of a partition, or of the table, for each page of it, and checks each key of a
batch several times. Here a page costs what it contains. A request with anything else in it, and one that is wrong, is
MiniStack's own.
"""

import gc
import hashlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import chain, takewhile
from typing import Any

import orjson

from infra.emulator.adjustments import equality

Json = dict[str, Any]
Answer = tuple[int, Json, bytes]

QUERY = frozenset(
    "TableName KeyConditionExpression ExpressionAttributeNames ExpressionAttributeValues ConsistentRead"
    " ExclusiveStartKey Limit ScanIndexForward ReturnConsumedCapacity".split()
)
SCAN = frozenset(
    "TableName FilterExpression ExpressionAttributeNames ExpressionAttributeValues ConsistentRead ExclusiveStartKey"
    " Segment TotalSegments ReturnConsumedCapacity ProjectionExpression".split()
)
BATCH = frozenset({"Keys", "ConsistentRead"})
KEY_NAMES = frozenset({"pk", "sk"})
"""The keys of all tables of the bank."""
KEYS_MAX = 100
KEY_BYTES_MAX = 1_024
SEGMENTS_KEPT = 100_000
OBJECTS_AT_ONCE = 100_000
"""New objects after which Python looks for garbage; each look goes through items, of which there is no garbage."""


_BEGINNING = re.compile(
    r"\(\s*(#\w+|pk)\s*=\s*(:\w+)\s+AND\s+begins_with\s*\(\s*(#\w+|sk)\s*,\s*(:\w+)\s*\)\s*\)", re.ASCII
)


def answer_plain_reads() -> None:
    """Let MiniStack answer plain reads without passing over a whole partition or table for each page."""
    from ministack.services import dynamodb

    gc.set_threshold(OBJECTS_AT_ONCE, 20, 20)
    for name, read in (("_query", query), ("_scan", scan), ("_batch_get_item", batch_get)):
        setattr(dynamodb, name, unless_plain(getattr(dynamodb, name), read))


def unless_plain(own: Callable[[Json], Answer], read: Callable[[Json], Json | None]) -> Callable[[Json], Answer]:
    """Return a function that answers by `read` what that can answer, and anything else by MiniStack's own."""

    def answer(data: Json) -> Answer:
        from ministack.services import dynamodb

        try:
            found = read(data)
        except (AttributeError, KeyError, TypeError):  # wrong: MiniStack says how
            found = None
        if found is None:
            return own(data)
        if "TableName" in data:
            dynamodb._add_consumed_capacity(found, data, data["TableName"])
        status, headers, _ = dynamodb.json_response({})
        return status, headers, orjson.dumps(found)

    return answer


def query(data: Json) -> Json | None:
    """Answer a plain query; None for any other."""
    table, wanted, start = _table(data["TableName"]), _place_of(data), data.get("ExclusiveStartKey")
    is_forward, limit = data.get("ScanIndexForward", True), data.get("Limit")
    if table is None or wanted is None or not QUERY.issuperset(data):
        return None
    if not isinstance(is_forward, bool) or not (limit is None or (type(limit) is int and limit > 0)):
        return None
    partition, prefix = wanted
    if start and not (_is_key(start) and start["pk"]["S"] == partition and start["sk"]["S"].startswith(prefix)):
        return None
    items = table["items"].get(partition, {})
    places = sorted(items)
    after = start["sk"]["S"] if start else None
    if prefix:
        places = list(takewhile(lambda name: name.startswith(prefix), places[bisect_left(places, prefix) :]))
    if not is_forward:
        places = places[: bisect_left(places, after) if after else None][::-1]
    elif after:
        places = places[bisect_right(places, after) :]
    page, last = _page((items[name] for name in places), limit, table)
    return _answer(page, len(page), last)


def _place_of(data: Json) -> tuple[str, str] | None:
    """Return which partition a query wants, and the beginning of the sort keys, often empty; None if anything else."""
    expression, sk, prefix = data["KeyConditionExpression"], None, None
    names, values = data.get("ExpressionAttributeNames", {}), data["ExpressionAttributeValues"]
    condition = equality(expression)
    if condition is None:
        beginning = _BEGINNING.fullmatch(expression)
        if beginning is None:
            return None
        pk, partition, sk, prefix = beginning.groups()
    else:
        pk, partition = condition
    used = [name for name in (pk, sk) if name and name.startswith("#")]
    is_of_keys = names.get(pk, pk) == "pk" and (sk is None or names.get(sk, sk) == "sk")
    if not is_of_keys or set(used) != set(names) or set(filter(None, (partition, prefix))) != set(values):
        return None
    if not _is_text(values[partition]) or (prefix and not _is_text(values[prefix])):
        return None
    return values[partition]["S"], values[prefix]["S"] if prefix else ""


def scan(data: Json) -> Json | None:
    """Answer a plain scan; None for any other."""
    from ministack.services import dynamodb

    table, start = _table(data["TableName"]), data.get("ExclusiveStartKey")
    expression, segments = data.get("FilterExpression"), data.get("TotalSegments")
    condition = equality(expression) if isinstance(expression, str) else None
    if table is None or not SCAN.issuperset(data) or (expression is not None and condition is None):
        return None
    if (start and not _is_key(start)) or (segments is None) != ("Segment" not in data):
        return None
    names, values = data.get("ExpressionAttributeNames", {}), data.get("ExpressionAttributeValues", {})
    if (condition and not _is_text(values[condition[1]])) or len(names) > 1 or len(values) != bool(condition):
        return None
    if data.get("ProjectionExpression", "pk") != "pk":
        return None
    if segments is not None and not 0 <= data["Segment"] < segments <= 1_000_000:
        return None
    page, last = _page(_items(table, start, segments, data.get("Segment")), None, table)
    kept = page
    if condition:
        kept = [one for one in page if dynamodb._evaluate_condition(expression, one, values, names, "FilterExpression")]
    if "ProjectionExpression" in data:
        kept = [{"pk": one["pk"]} for one in kept]
    return _answer(kept, len(page), last)


def batch_get(data: Json) -> Json | None:
    """Answer a plain BatchGetItem; None for any other."""
    responses: dict[str, list[Json]] = {}
    if data.keys() != {"RequestItems"} or sum(len(one["Keys"]) for one in data["RequestItems"].values()) > KEYS_MAX:
        return None
    for name, asked in data["RequestItems"].items():
        table, keys = _table(name), asked["Keys"]
        if table is None or not keys or not BATCH.issuperset(asked) or not all(map(_is_key, keys)):
            return None
        places = [(key["pk"]["S"], key["sk"]["S"]) for key in keys]
        if len(set(places)) != len(places):
            return None
        partitions = table["items"]
        found = (partitions[pk].get(sk) for pk, sk in places if pk in partitions)
        responses[name] = [item for item in found if item]
    return {"Responses": responses, "UnprocessedKeys": {}} if responses else None


def _table(name: Any) -> Json | None:
    """Return a table whose key is `pk` and `sk`, both text, by its name; None for any other."""
    from ministack.services import dynamodb

    table: Json | None = dynamodb._tables.get(name)
    if table is None or (table["pk_name"], table["sk_name"]) != ("pk", "sk"):
        return None
    kinds = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
    return table if kinds["pk"] == kinds["sk"] == "S" else None


def _is_text(value: Json) -> bool:
    """Return whether an attribute is a text that a key can have."""
    text = value.get("S")
    return len(value) == 1 and isinstance(text, str) and 0 < len(text.encode()) <= KEY_BYTES_MAX


def _is_key(key: Json) -> bool:
    return key.keys() == KEY_NAMES and _is_text(key["pk"]) and _is_text(key["sk"])


def _items(table: Json, start: Json | None, segments: int | None, segment: int | None) -> Iterator[Json]:
    """Yield the items of a table, or of a segment of it, after a key, in the order of their keys."""
    partitions = table["items"]
    names = sorted(partitions)
    first = list[Json]()
    if start:
        pk, sk = start["pk"]["S"], start["sk"]["S"]
        names = names[bisect_right(names, pk) :]
        rest = partitions.get(pk, {})
        first = [rest[name] for name in sorted(rest) if name > sk]
        if segments and _hash(pk) % segments != segment:
            first = []
    if segments:
        names = [name for name in names if _hash(name) % segments == segment]
    return chain(first, (partitions[name][sk] for name in names for sk in sorted(partitions[name])))


@lru_cache(SEGMENTS_KEPT)
def _hash(partition: str) -> int:
    """Return the number by which MiniStack puts a partition into a segment."""
    return int.from_bytes(hashlib.sha1(partition.encode()).digest()[:4])  # noqa: S324 — places a partition, protects nothing


def _page(items: Iterable[Json], limit: int | None, table: Json) -> tuple[list[Json], Json | None]:
    """Return a page of items, and the key of its last one if there may be more."""
    from ministack.services import dynamodb

    page, has_more = dynamodb._paginate_evaluated_items(items, limit, table)
    return page, {name: page[-1][name] for name in ("pk", "sk")} if has_more and page else None


def _answer(items: list[Json], scanned: int, last: Json | None) -> Json:
    answer: Json = {"Items": items, "Count": len(items), "ScannedCount": scanned}
    return answer | {"LastEvaluatedKey": last} if last else answer
