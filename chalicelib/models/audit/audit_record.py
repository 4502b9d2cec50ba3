"""The table `audit`: records are put once, never updated, never deleted."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection

from chalicelib.domain.audit.record import Documents, Record, is_found_by_another, tells_edit
from chalicelib.domain.ids import is_id
from chalicelib.models import keys
from chalicelib.models.attributes import CompactJSONAttribute, IntegerAttribute
from chalicelib.models.audit.audit_partitions import edits_list, logins_list
from chalicelib.models.indexes import TypedIndex
from chalicelib.models.item import Item, Key, RawItem, key_of

_TEXTS = ("pk", "sk", "event", "at", "request_id", "prev_hash", "hash")
LISTED_ACTOR, MOVER = "actor", "mover"
"""The attribute that names who did it: of accounts, holds and others it is in no index, as the transaction is."""
_DOCUMENTS = ("before", "after", "changed")
_COUNTS = ("event_count", "event_edition")
BY_ACTOR, BY_TIME, BY_LIST = "gsi1", "gsi2", "gsi3"
_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


class _ByActor(TypedIndex["AuditItem"]):
    class Meta:
        index_name = BY_ACTOR
        projection = AllProjection()

    actor = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)


class _ByTime(TypedIndex["AuditItem"]):
    class Meta:
        index_name = BY_TIME
        projection = AllProjection()

    pk = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)


class _ByList(TypedIndex["AuditItem"]):
    class Meta:
        index_name = BY_LIST
        projection = AllProjection()

    list = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)


class AuditItem(Item):
    """Whatever is in the table. It is in an index if it has the attributes of that index's key."""

    class Meta:
        table_name = "audit"

    by_actor = _ByActor()
    by_time = _ByTime()
    by_list = _ByList()


class AuditRecord(AuditItem):
    """A record, found by entity, by actor, and where it is a log-in or an edit of an account, in the list of those.

    By its actor a posting is found once, by the transaction's record: those of its accounts and holds have `mover` for
    `actor`, as has what the bank itself does with a payment.
    Records of earlier versions all have `actor`.
    """

    version = IntegerAttribute()
    event = UnicodeAttribute()
    listed_actor = UnicodeAttribute(attr_name=LISTED_ACTOR, null=True)
    mover = UnicodeAttribute(null=True)
    at = UnicodeAttribute()
    request_id = UnicodeAttribute()
    before = CompactJSONAttribute()
    after = CompactJSONAttribute()
    changed = CompactJSONAttribute()
    image_digest = UnicodeAttribute(null=True)
    prev_hash = UnicodeAttribute()
    hash = UnicodeAttribute()
    list = UnicodeAttribute(null=True)
    counted = CompactJSONAttribute(null=True)
    """The counts of the record, in few bytes: the records of some transactions fill the kilobyte that a write costs."""

    @classmethod
    def of(cls, record: Record) -> "AuditRecord":
        plain = {name: value for name, value in vars(record).items() if name not in (*_COUNTS, "actor")}
        plain["mover" if is_found_by_another(record) else "listed_actor"] = record.actor
        return cls(**plain, list=_list_of(record), counted=_pair_of(record))

    @property
    def actor(self) -> str:
        return str(self.mover or self.listed_actor)

    def record(self) -> Record:
        plain = {field.name: getattr(self, field.name) for field in fields(Record) if field.name not in _COUNTS}
        return Record(**plain, **_counts(self.counted))

    @classmethod
    def record_in(cls, item: RawItem) -> Record:
        """Return the record in an item. Without PynamoDB, which takes ten times as long, unless something is amiss."""
        try:
            found: dict[str, Any] = {name: item[name]["S"] for name in _TEXTS}
            found["actor"] = item[MOVER if MOVER in item else LISTED_ACTOR]["S"]
            for name in _DOCUMENTS:
                found[name] = _document_in(item[name]["S"])
            found["version"] = int(item["version"]["N"])
            found["image_digest"] = item["image_digest"]["S"] if "image_digest" in item else None
            return Record.from_fields(found | dict.fromkeys(_COUNTS) | _counts_in(item))
        except (KeyError, ValueError, TypeError):
            return cls.from_raw_data(item).record()

    @classmethod
    def item_of(cls, record: Record, stored: RawItem | None = None) -> RawItem:
        """Return the item in which a record is stored, in DynamoDB's own notation.

        `stored` may be of an earlier version, which listed each record by its actor; that is right, too.
        """
        is_listed = stored is not None and LISTED_ACTOR in stored
        item = {name: {"S": getattr(record, name)} for name in _TEXTS}
        item[MOVER if is_found_by_another(record) and not is_listed else LISTED_ACTOR] = {"S": record.actor}
        item |= {name: {"S": _ENCODER.encode(getattr(record, name))} for name in _DOCUMENTS}
        item["version"] = {"N": str(record.version)}
        return item | {name: {"S": text} for name, text in _optional_texts(record).items()}

    @classmethod
    def is_item_of(cls, record: Record, documents: Documents, item: RawItem) -> bool:
        """Return whether an item, in which `record_in` has found a record, is what `item_of` makes of the record.

        Compares only what may differ, so it may return False for an item that is.
        """
        optional = _optional_texts(record)
        if len(item) != len(_TEXTS) + len(_DOCUMENTS) + 2 + len(optional):
            return False
        if LISTED_ACTOR not in item and not is_found_by_another(record):
            return False
        for name in _DOCUMENTS:
            text = item[name].get("S")
            if text != getattr(documents, name) and text != _ENCODER.encode(getattr(record, name)):
                return False
        is_as_made = all(item.get(name) == {"S": text} for name, text in optional.items())
        return is_as_made and item["version"] == {"N": str(record.version)}

    @property
    def item_id(self) -> str:
        """Return the id at the end of the key of the item that the record is about."""
        return keys.id_in(self.record().item_key[1])

    @property
    def alert_id(self) -> str | None:
        """Return the id of the risk alert that the record is about, or None."""
        entity_id = keys.id_in(self.pk)
        return entity_id if is_id("alr", entity_id) else None

    @property
    def recall_id(self) -> str | None:
        """Return the id of the recall by another bank that the record is about, or None."""
        entity_id = keys.id_in(self.pk)
        return entity_id if is_id("rcl", entity_id) else None

    @property
    def customer_ids(self) -> set[str]:
        """Return the id of the customer that the record is about, or those of the customers who were read, or whom a
        request concerns that waits for a second person.
        """
        entity_id = keys.id_in(self.pk)
        if self.event.startswith("personal_read."):
            return {*self.before.get("customer_ids", ()), *self.after.get("customer_ids", ())}
        if self.event == "approval.created":
            return {party for party in self.after["parties"] if is_id("cus", party)}
        return {entity_id} if is_id("cus", entity_id) else set()


@dataclass(frozen=True)
class Link:
    """The end of an item's chain, which its next record follows: a hash, and how many events there were."""

    hash: str
    event_count: int | None = None


def links_in(items: Iterable[RawItem]) -> dict[Key, Link]:
    """Return the links that records end with, by the keys of the records."""
    return {key_of(item): Link(item["hash"]["S"], _counts_in(item).get("event_count")) for item in items}


def _pair_of(record: Record) -> tuple[int, int] | None:
    if record.event_count is None or record.event_edition is None:
        return None
    return record.event_count, record.event_edition


def _counts_in(item: RawItem) -> dict[str, Any]:
    return _counts(json.loads(item["counted"]["S"])) if "counted" in item else {}


def _counts(counted: object) -> dict[str, Any]:
    """Return the counts of a record by their names; none of what is no pair, whose record has another hash then."""
    if isinstance(counted, list | tuple) and len(counted) == len(_COUNTS):
        return dict(zip(_COUNTS, counted, strict=True))
    return {}


def _document_in(text: str) -> Any:
    """Parse a document; most are empty."""
    return {} if text == "{}" else [] if text == "[]" else json.loads(text)


def _optional_texts(record: Record) -> dict[str, str]:
    """Return the attributes that only some records have."""
    counted, listed = _pair_of(record), _list_of(record)
    texts = {"image_digest": record.image_digest, "list": listed}
    texts["counted"] = None if counted is None else _ENCODER.encode(counted)
    return {name: text for name, text in texts.items() if text is not None}


def _list_of(record: Record) -> str | None:
    if tells_edit(record):
        return edits_list(record.pk.removeprefix(keys.account("")))
    return logins_list(record.at[:7]) if record.kind == "login" and record.is_regular else None
