"""Records of the stream of `bank` that a consumer could not handle, with the reason, until they are handled.

The audit's are whole, for its chain needs every version, and so are those whose event could not be written, which
tells of that version. Those of the events' consumer name their item only: whatever follows from it follows from the
item as it is.
"""

import json
from collections.abc import Iterator
from typing import Any, Literal

from pynamodb.attributes import UnicodeAttribute

from chalicelib.models.audit.audit_record import AuditItem
from chalicelib.models.item import Key, key_of
from chalicelib.models.paging import walk_pages
from chalicelib.models.reports.generations import ReportItem

Consumer = Literal["audit_trail", "event_rows", "events"]
REASON_CHARACTERS_MAX = 500
SEQUENCE_DIGITS = 40
"""As many as a sequence number of a stream has at most, so that records are in order as text."""


class AuditSetAside(AuditItem):
    """`record` is the stream's record as JSON; `reason` says what raised, and what it said."""

    record = UnicodeAttribute()
    reason = UnicodeAttribute()
    set_aside_at = UnicodeAttribute()


class EventSetAside(ReportItem):
    """The same, in the table that the events' consumer writes; `record` has no images."""

    record = UnicodeAttribute()
    reason = UnicodeAttribute()
    set_aside_at = UnicodeAttribute()


SetAside = AuditSetAside | EventSetAside
KINDS: dict[Consumer, type[AuditSetAside] | type[EventSetAside]] = {
    "audit_trail": AuditSetAside,
    "event_rows": AuditSetAside,
    "events": EventSetAside,
}


def store(consumer: Consumer, record: dict[str, Any], reason: str, at: str) -> bool:
    """Store a record; return whether it is new. One that is delivered again keeps its first reason."""
    change = record["dynamodb"]
    kind = KINDS[consumer]
    kept = change if kind is AuditSetAside else {name: change[name] for name in ("Keys", "SequenceNumber")}
    item = kind(
        partition_of(consumer),
        f"{_place(key_of(change['Keys']))}{change['SequenceNumber'].zfill(SEQUENCE_DIGITS)}",
        record=json.dumps({"dynamodb": kept}),
        reason=reason[:REASON_CHARACTERS_MAX],
        set_aside_at=at,
    )
    return bool(item.put().set_aside_at == at)


def content(item: SetAside) -> dict[str, Any]:
    """Return the record, as Lambda delivers it; that of an event without images."""
    found: dict[str, Any] = json.loads(item.record)
    return found


def item_key(item: SetAside) -> Key:
    """Return the key of the item that the record is about."""
    return key_of(content(item)["dynamodb"]["Keys"])


def has_any(consumer: Consumer, key: Key) -> bool:
    """Return whether a record of an item is set aside."""
    kind = KINDS[consumer]
    within = kind.sk.startswith(_place(key))
    return bool(kind.query_once(partition_of(consumer), range_key_condition=within, consistent_read=True)["Items"])


def all_of(consumer: Consumer) -> Iterator[SetAside]:
    """Yield what is set aside, those of an item in their order."""
    kind = KINDS[consumer]
    for page in walk_pages(kind, partition_of(consumer)):
        yield from map(kind.from_raw_data, page)


def remove(item: SetAside) -> None:
    """Remove a record that was handled. Only `make redrive` may do this, no function."""
    item.delete()


def partition_of(consumer: Consumer) -> str:
    """Return the partition of a consumer's records."""
    return f"SET_ASIDE#{consumer}"


def _place(key: Key) -> str:
    """Return how the sort keys of an item's records begin."""
    return f"{key[0]} {key[1]} "
