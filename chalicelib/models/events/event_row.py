"""The table `events`: a row for each recipient's view of an event, and who listens. Rows expire after 400 days.

Rows follow from the audit, so that writing them again changes nothing. No row is audited.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Self

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib import resources
from chalicelib.domain import ids
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.events.event import BANK, Event
from chalicelib.domain.time import moment
from chalicelib.models import connection, keys, pauses
from chalicelib.models.attributes import CompactJSONAttribute, IntegerAttribute
from chalicelib.models.batch import batch_get_raw
from chalicelib.models.indexes import ByFirstIndex, BySecondIndex
from chalicelib.models.item import Item, Key, RawItem, key_of

TABLE = "events"
KEPT = timedelta(days=400)
SHARDS = 4
"""Partitions of a day's list of all events, for one partition takes 1 000 writes a second."""
ROWS_AT_ONCE = 25
ATTEMPTS_MAX = 8
LISTENERS = "LISTENERS"
ALL_DAYS = "DAY#"
"""What the partitions of the bank's view begin with."""


class EventsItem(Item):
    """Whatever is in the table. It is in an index if it has the attributes of that index's key."""

    class Meta:
        table_name = TABLE

    expires_at = IntegerAttribute(null=True)
    gsi1pk = UnicodeAttribute(null=True)
    gsi1sk = UnicodeAttribute(null=True)
    gsi2pk = UnicodeAttribute(null=True)
    gsi2sk = UnicodeAttribute(null=True)
    by_first = ByFirstIndex["EventsItem"]()
    by_second = BySecondIndex["EventsItem"]()


class Listeners(EventsItem):
    """The sign that somebody listens. `has_endpoints` is set for good before the first endpoint is made."""

    has_endpoints = BooleanAttribute(null=True)
    has_bus_rules = BooleanAttribute(null=True)

    @staticmethod
    def key() -> Key:
        return LISTENERS, LISTENERS

    @classmethod
    def is_anybody_in(cls, items: Iterable[RawItem]) -> bool:
        """Return whether anybody listens, by the item that was read; nobody does without one."""
        found = [cls.from_raw_data(item) for item in items]
        return any(one.has_endpoints or one.has_bus_rules for one in found)


class EventRow(EventsItem):
    """A recipient's view of an event.

    `item_pk`, `item_sk` and `version` name the audit record that it follows from. `wanted`: somebody listened when it
    was written. `traceparent`: the trace of the request that made it, if its client named one.
    """

    id = UnicodeAttribute()
    type = UnicodeAttribute()
    timestamp = UnicodeAttribute()
    subject = UnicodeAttribute()
    sequence = IntegerAttribute()
    data = CompactJSONAttribute()
    recipient = UnicodeAttribute()
    item_pk = UnicodeAttribute()
    item_sk = UnicodeAttribute()
    version = IntegerAttribute()
    wanted = BooleanAttribute(null=True)
    traceparent = UnicodeAttribute(null=True)

    @staticmethod
    def key(event_id: str, recipient: str) -> Key:
        """Return where a recipient's view of an event is stored."""
        if recipient == BANK:
            return day_list(ids.day_in(event_id), shard_of(event_id)), event_id
        return keys.customer(recipient), event_id

    @classmethod
    def of(cls, event: Event, item: Key, version: int, *, wanted: bool, traceparent: str | None = None) -> Self:
        """Return the row of an event that a version of an item has made, in a request that its client may trace."""
        return cls(
            *cls.key(event.id, event.recipient),
            **vars(event) | {"data": dict(event.data)},
            item_pk=item[0],
            item_sk=item[1],
            version=version,
            wanted=wanted or None,
            traceparent=traceparent,
            expires_at=_expires_at(event),
        )

    @classmethod
    def item_of(cls, event: Event, item: Key, version: int) -> RawItem:
        """Return the same in DynamoDB's own notation, without PynamoDB, which takes ten times as long."""
        partition, sort = cls.key(event.id, event.recipient)
        texts = {"pk": partition, "sk": sort, "id": event.id, "type": event.type, "timestamp": event.timestamp}
        texts |= {"subject": event.subject, "recipient": event.recipient, "item_pk": item[0], "item_sk": item[1]}
        texts["data"] = json.dumps(dict(event.data), separators=(",", ":"), ensure_ascii=False)
        numbers = {"sequence": event.sequence, "version": version, "expires_at": _expires_at(event)}
        return {name: {"S": text} for name, text in texts.items()} | {
            name: {"N": str(number)} for name, number in numbers.items()
        }

    @classmethod
    def by_id(cls, event_id: str, recipient: str) -> Self | None:
        """Read a recipient's view of an event, or return None."""
        return cls.find(*cls.key(event_id, recipient)) if ids.is_id("evt", event_id) else None

    @property
    def item_key(self) -> Key:
        """Return the key of the item that made the event."""
        return str(self.item_pk), str(self.item_sk)

    def event(self) -> Event:
        names = ("id", "type", "timestamp", "subject", "sequence", "data", "recipient")
        return Event(**{name: getattr(self, name) for name in names})

    def raw(self) -> RawItem:
        """Return the row in DynamoDB's own notation."""
        item: RawItem = self.serialize()
        return item


def put_all(rows: Sequence[EventRow]) -> None:
    """Write rows, 25 in a call; one that is there is replaced by its equal.

    Raises Unavailable when DynamoDB stays busy, and botocore's errors.
    """
    unique = {row.own_key: row for row in rows}
    written = [{"PutRequest": {"Item": row.raw()}} for row in unique.values()]
    for start in range(0, len(written), ROWS_AT_ONCE):
        _put(written[start : start + ROWS_AT_ONCE])


def rows_by_id(event_ids: Sequence[str], recipient: str) -> list[EventRow]:
    """Return the views of events that a recipient was told of, in the order of the ids."""
    wanted = [EventRow.key(one, recipient) for one in event_ids]
    found = raw_rows(wanted)
    return [EventRow.from_raw_data(found[key]) for key in wanted if key in found]


def raw_rows(wanted: Iterable[Key]) -> dict[Key, RawItem]:
    """Return the rows that exist by their keys, in DynamoDB's own notation."""
    return {key_of(item): item for item in batch_get_raw(TABLE, wanted)}


def row_from_stream(record: dict[str, Any]) -> EventRow | None:
    """Return the row that a record of the table's stream has written, or None for another item and for a removal."""
    image: RawItem = record["dynamodb"].get("NewImage", {})
    return EventRow.from_raw_data(image) if "recipient" in image and "sequence" in image else None


def day_list(day: str, shard: int) -> str:
    """Return the partition in which a part of a UTC day's events is, in the bank's view."""
    return f"{ALL_DAYS}{day}#{shard}"


def shard_of(event_id: str) -> int:
    return sum(event_id.encode()) % SHARDS


def _expires_at(event: Event) -> int:
    return int((moment(event.timestamp) + KEPT).timestamp())


def _put(requests: list[dict[str, Any]]) -> None:
    name = resources.table_name(TABLE)
    for _ in pauses.batch_attempts(ATTEMPTS_MAX):
        answer = connection.client().batch_write_item(RequestItems={name: requests})
        requests = answer.get("UnprocessedItems", {}).get(name, [])
        if not requests:
            return
    raise Unavailable("The bank is too busy to write events; retry.", retry_after_seconds=1)
