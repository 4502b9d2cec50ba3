"""Lists of events, newest first: a customer's in one partition, the bank's by UTC day, whose shards a page merges."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from pynamodb.expressions.condition import Condition

from chalicelib.domain import ids
from chalicelib.domain.errors import InvalidCursor
from chalicelib.domain.time import moment
from chalicelib.models import keys
from chalicelib.models.events.event_row import SHARDS, EventRow, day_list
from chalicelib.models.item import RawItem
from chalicelib.models.paging import (
    REFUSED,
    Page,
    Paging,
    Position,
    decode_cursor,
    encode_cursor,
    query_page,
    walk_pages,
)

FILTERED_AT_ONCE = 200
"""Rows of a shard that a page of one type looks through."""
AFTER_ALL = "evt_~"


@dataclass(frozen=True)
class Wanted:
    """Which events are wanted: between two timestamps (UTC, inclusive), of one type or any."""

    since: str
    until: str
    type: str | None = None

    @property
    def bounds(self) -> tuple[str, str]:
        """Return the first and the last id that an event of the range can have."""
        return ids.id_of("evt", moment(self.since), 0), ids.id_of("evt", moment(self.until), 2**80 - 1)

    @property
    def matching(self) -> Condition:
        """Return the filter of a query: ids tell the time to the millisecond only."""
        condition: Condition = EventRow.timestamp.between(self.since, self.until)
        return condition if self.type is None else condition & (EventRow.type == self.type)


def page_of_customer(customer_id: str, wanted: Wanted, paging: Paging) -> Page[EventRow]:
    """Return a page of what a customer is told, in one query. With a type, it may be short. Raises InvalidCursor."""
    return query_page(
        EventRow,
        keys.customer(customer_id),
        limit=paging.limit,
        cursor=paging.cursor,
        between=EventRow.sk.between(*wanted.bounds),
        matching=wanted.matching,
    )


def page_of_bank(wanted: Wanted, days: tuple[str, str], paging: Paging, asked: str) -> Page[EventRow]:
    """Return a page of the bank's view: one query for each shard of one day, so it may be short with more to come.

    `days` are the first and the last UTC day to look at, `asked` is the list in the client's words: a cursor serves no
    other. Raises InvalidCursor.
    """
    scope = f"EVENTS {asked}"
    start = {"day": days[1]} if paging.cursor is None else _open_cursor(paging.cursor, scope)
    day, before = start["day"], start.get("before", AFTER_ALL)
    if day < days[0]:
        return Page([])
    shards = [_shard(day_list(day, shard), wanted, before, paging.limit) for shard in range(SHARDS)]
    frontier = max(scanned_to for _, scanned_to in shards)
    found = [item for items, _ in shards for item in items if frontier <= item["sk"]["S"] < before]
    found.sort(key=lambda item: str(item["sk"]["S"]), reverse=True)
    following: Position | None = None
    if len(found) > paging.limit:
        following = {"day": day, "before": found[paging.limit - 1]["sk"]["S"]}
    elif frontier:
        following = {"day": day, "before": frontier}
    elif day > days[0]:
        following = {"day": (date.fromisoformat(day) - timedelta(days=1)).isoformat()}
    rows = [EventRow.from_raw_data(item) for item in found[: paging.limit]]
    return Page(rows, encode_cursor(following, scope) if following else None)


def count_between(partition: str, since: str, until: str) -> int:
    """Return how many events a partition has between two timestamps, without reading them out."""
    wanted, start, counted = Wanted(since, until), None, 0
    while True:
        answer = EventRow.query_once(
            partition,
            range_key_condition=EventRow.sk.between(*wanted.bounds),
            filter_condition=wanted.matching,
            exclusive_start_key=start,
            select="COUNT",
        )
        counted += int(answer["Count"])
        start = answer.get("LastEvaluatedKey")
        if start is None:
            return counted


def walk_between(partition: str, since: str, until: str) -> Iterator[EventRow]:
    """Yield the events of a partition between two timestamps."""
    wanted = Wanted(since, until)
    for page in walk_pages(EventRow, partition, within=EventRow.sk.between(*wanted.bounds)):
        rows = map(EventRow.from_raw_data, page)
        yield from (row for row in rows if since <= row.timestamp <= until)


def _shard(partition: str, wanted: Wanted, before: str, limit: int) -> tuple[list[RawItem], str]:
    """Return rows of a shard before an id, newest first, and down to which id it was read, "" if to its end."""
    first, last = wanted.bounds
    if min(last, before) < first:
        return [], ""
    answer = EventRow.query_once(
        partition,
        range_key_condition=EventRow.sk.between(first, min(last, before)),
        filter_condition=wanted.matching,
        limit=limit + 2 if wanted.type is None else FILTERED_AT_ONCE,
        scan_index_forward=False,
    )
    return answer["Items"], answer["LastEvaluatedKey"]["sk"]["S"] if "LastEvaluatedKey" in answer else ""


def _open_cursor(cursor: str, scope: str) -> Position:
    start = decode_cursor(cursor, scope)
    try:
        is_day = date.fromisoformat(start["day"]).isoformat() == start["day"]
        is_id = "before" not in start or ids.is_id("evt", start["before"])
    except (KeyError, ValueError):
        is_day = is_id = False
    if not (is_day and is_id and start.keys() <= {"day", "before"}):
        raise InvalidCursor(REFUSED)
    return start
