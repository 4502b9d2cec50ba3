"""The table `audit`: records are put once, never updated, never deleted."""

from collections.abc import Iterable
from dataclasses import fields

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.domain.audit import record as audit_record
from chalicelib.domain.audit.record import Record
from chalicelib.models.attributes import CompactJSONAttribute, IntegerAttribute
from chalicelib.models.batch import batch_get_raw
from chalicelib.models.item import Item, Key

BY_ACTOR, BY_TIME, BY_LIST = "gsi1", "gsi2", "gsi3"


class _ByActor(GlobalSecondaryIndex["AuditItem"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = BY_ACTOR
        projection = AllProjection()

    actor = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)


class _ByTime(GlobalSecondaryIndex["AuditItem"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = BY_TIME
        projection = AllProjection()

    pk = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)


class _ByList(GlobalSecondaryIndex["AuditItem"]):  # type: ignore[no-untyped-call]
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
    """A record, found by entity, by actor, and where it is a log-in or an edit of an account, in the list of those."""

    version = IntegerAttribute()
    event = UnicodeAttribute()
    actor = UnicodeAttribute()
    at = UnicodeAttribute()
    request_id = UnicodeAttribute()
    before = CompactJSONAttribute()
    after = CompactJSONAttribute()
    changed = CompactJSONAttribute()
    image_digest = UnicodeAttribute(null=True)
    prev_hash = UnicodeAttribute()
    hash = UnicodeAttribute()
    list = UnicodeAttribute(null=True)

    @classmethod
    def of(cls, record: Record) -> "AuditRecord":
        return cls(**vars(record), list=_list_of(record))

    def record(self) -> Record:
        return Record(**{field.name: getattr(self, field.name) for field in fields(Record)})


def logins_key(month: str) -> str:
    """The list of a month's log-ins; `month` is YYYY-MM, in UTC."""
    return f"LOGINS#{month}"


def edits_key(account_id: str) -> str:
    """The list of an account's edits."""
    return f"EDITS#{account_id}"


def find_all(keys: Iterable[Key]) -> dict[Key, Record]:
    """Records by key, those that exist, read consistently."""
    found = map(AuditRecord.from_raw_data, batch_get_raw("audit", keys))
    return {(item.pk, item.sk): item.record() for item in found}


def _list_of(record: Record) -> str | None:
    edited = audit_record.edited_account(record)
    if edited:
        return edits_key(edited)
    return logins_key(record.at[:7]) if record.kind == "login" and record.is_regular else None
