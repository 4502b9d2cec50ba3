"""Pages of a query: one with a cursor that only its own list accepts, or all of a partition, one call each."""

import base64
import binascii
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pynamodb.exceptions import QueryError
from pynamodb.expressions.condition import Condition

from chalicelib.domain.errors import InvalidCursor
from chalicelib.domain.ledger.hash_chain import digest
from chalicelib.models.batch import ItemT, get_all
from chalicelib.models.item import BankItem, Item, Key, RawItem, key_of

T = TypeVar("T")
Position = dict[str, str]
"""Where a page starts: attributes of an index's or a table's key, or whatever a list of its own is ordered by."""
ITEMS_AT_ONCE = 500
ITEMS_AT_ONCE_MAX = 4_000
"""For reads of whole partitions by a command; a page has 1 MB at most."""
LOOKS_MAX = 10
"""Pages of a list that are read in search of anything that filters let through."""
REFUSED = "Take the cursor from next_cursor of the page before, with the same filters."


@dataclass(frozen=True)
class Page(Generic[T]):
    """`next_cursor` is None on the last page. A filtered page may be short, even empty, with more to come."""

    items: list[T]
    next_cursor: str | None = None


@dataclass(frozen=True)
class Paging:
    """Which page of a list is wanted."""

    limit: int
    cursor: str | None


def first_with_any(read: Callable[[Paging], Page[T]], paging: Paging) -> Page[T]:
    """Return the first page that is not empty, of at most so many pages: filters and quiet days leave pages empty."""
    page = read(paging)
    for _ in range(LOOKS_MAX - 1):
        if page.items or page.next_cursor is None:
            break
        page = read(Paging(paging.limit, page.next_cursor))
    return page


def query_page(
    model: type[Item],
    partition: str,
    *,
    limit: int,
    cursor: str | None = None,
    index: str | None = None,
    between: Condition | None = None,
    matching: Condition | None = None,
    consistent: bool = False,
    oldest_first: bool = False,
) -> Page[Any]:
    """Return a page of a partition, newest first, as items of `model`'s table or of an index's projection.

    Reads one more item than the limit, to know whether there is more. Raises InvalidCursor.
    """
    scope = f"{model.Meta.table_name} {index} {partition} {between}" + (" oldest first" if oldest_first else "")
    start = None if cursor is None else _start(model, index, partition, decode_cursor(cursor, scope))
    try:
        answer = model.query_once(
            partition,
            range_key_condition=between,
            filter_condition=matching,
            consistent_read=consistent,
            exclusive_start_key=start,
            index_name=index,
            limit=limit + 1,
            scan_index_forward=oldest_first,
        )
    except QueryError as error:
        if start and error.cause_response_code == "ValidationException":
            raise InvalidCursor(REFUSED) from error
        raise
    raw, last = answer["Items"], answer.get("LastEvaluatedKey")
    if len(raw) > limit:
        raw = raw[:limit]
        last = {name: raw[-1][name] for name in model.key_names(index)}
    position = {name: value["S"] for name, value in last.items()} if last else None
    items = [model.from_raw_data(item) for item in raw]
    return Page(items, encode_cursor(position, scope) if position else None)


def query_listed(
    kind: type[ItemT],
    partition: str,
    paging: Paging,
    *,
    index: str = "gsi1",
    between: Condition | None = None,
    oldest_first: bool = False,
    key: Callable[[BankItem], Key] = lambda row: row.own_key,
) -> Page[ItemT]:
    """Return a page of an index of `bank` with the items that it lists, in two calls.

    `key` says of a row where the item is, for an item may be listed by another. Raises InvalidCursor.
    """
    rows = query_page(
        BankItem,
        partition,
        limit=paging.limit,
        cursor=paging.cursor,
        index=index,
        between=between,
        oldest_first=oldest_first,
    )
    return Page(get_all(kind, map(key, rows.items)), rows.next_cursor)


def walk_pages(
    model: type[Item],
    partition: str,
    *,
    within: Condition | None = None,
    index: str | None = None,
    at_once: int | None = None,
    newest_first: bool = False,
) -> Iterator[list[RawItem]]:
    """Yield all items of a partition of `model`'s table a page at a time, in DynamoDB's own notation.

    Reads are consistent, but for an index; oldest first unless told.
    """
    start: dict[str, Any] | None = None
    while True:
        answer = model.query_once(
            partition,
            range_key_condition=within,
            consistent_read=index is None,
            exclusive_start_key=start,
            index_name=index,
            limit=at_once or ITEMS_AT_ONCE,
            scan_index_forward=not newest_first,
        )
        yield answer["Items"]
        start = answer.get("LastEvaluatedKey")
        if start is None:
            return


def walk_keys(
    partition: str, index: str, within: Condition | None = None, *, at_once: int | None = None
) -> Iterator[list[Key]]:
    """Yield the keys of all items of `bank` that a partition of an index lists, a page at a time."""
    for page in walk_pages(BankItem, partition, index=index, within=within, at_once=at_once):
        yield [key_of(row) for row in page]


def _start(model: type[Item], index: str | None, partition: str, position: Position) -> dict[str, dict[str, str]]:
    """Return a position in DynamoDB's notation. Raises InvalidCursor if no item of the list can have that key."""
    if position.keys() != set(model.key_names(index)) or partition not in position.values():
        raise InvalidCursor(REFUSED)
    return {name: {"S": value} for name, value in position.items()}


def encode_cursor(position: Position, scope: str) -> str:
    """Return a cursor: where the next page starts, and a checksum that ties it to its list.

    The checksum is not a secret and need not be: DynamoDB refuses a start key outside the partition that is read. The
    list includes its range, for DynamoDB refuses a start key outside that as well.
    """
    payload = json.dumps(position, separators=(",", ":"))
    return base64.urlsafe_b64encode(f"{digest([scope, payload])[:16]}{payload}".encode()).decode().rstrip("=")


def decode_cursor(cursor: str, scope: str) -> Position:
    """Return the position in a cursor. Raises InvalidCursor for any text that is not a cursor of this list."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        checksum, payload = text[:16], text[16:]
        if checksum != digest([scope, payload])[:16]:
            raise ValueError("a cursor of another list")
        position: Position = json.loads(payload)
        if not all(isinstance(value, str) for value in position.values()):
            raise ValueError("not what a cursor says")
        # DynamoDB says of half of a surrogate pair something else than of a wrong key.
        "".join([*position, *position.values()]).encode()
        return position
    except (ValueError, AttributeError, RecursionError, binascii.Error) as error:
        raise InvalidCursor(REFUSED) from error
