"""Reads of audit records: a page for a list, all of a partition for a verification, or those under given keys."""

from collections.abc import Iterable, Iterator, Sequence

from chalicelib.domain.audit.record import Record
from chalicelib.domain.audit.stream_change import record_key
from chalicelib.models import keys
from chalicelib.models.audit.audit_partitions import edits_list, logins_list
from chalicelib.models.audit.audit_record import BY_ACTOR, BY_LIST, BY_TIME, AuditRecord
from chalicelib.models.batch import batch_get_raw
from chalicelib.models.item import Key, RawItem, key_of
from chalicelib.models.paging import ITEMS_AT_ONCE_MAX, Page, Paging, query_page, walk_pages


def page_of_entity(partition: str, since: str, until: str, actor: str | None, paging: Paging) -> Page[AuditRecord]:
    """Return a page of what happened in a partition of `bank` (`partition_of`), newest first, by an actor if named."""
    return query_page(
        AuditRecord,
        partition,
        limit=paging.limit,
        cursor=paging.cursor,
        index=BY_TIME,
        between=AuditRecord.at.between(since, until),
        matching=None if actor is None else (AuditRecord.listed_actor == actor) | (AuditRecord.mover == actor),
    )


def page_of_actor(actor: str, since: str, until: str, paging: Paging) -> Page[AuditRecord]:
    """Return a page of what an actor did, newest first; of a posting the transaction, not the accounts."""
    return query_page(
        AuditRecord,
        actor,
        limit=paging.limit,
        cursor=paging.cursor,
        index=BY_ACTOR,
        between=AuditRecord.at.between(since, until),
    )


def page_of_edits(account_id: str, paging: Paging) -> Page[AuditRecord]:
    """Return a page of the edits of an account, newest first."""
    return query_page(AuditRecord, edits_list(account_id), limit=paging.limit, cursor=paging.cursor, index=BY_LIST)


def page_of_item(item: Key, paging: Paging) -> Page[Record]:
    """Return a page of the records of one item, newest first. Of an account, postings are left out."""
    pk, sk = item
    if item == (keys.account(keys.id_in(pk)), "ACCOUNT"):
        found = page_of_edits(keys.id_in(pk), paging)
    else:
        within = AuditRecord.sk.between(f"{sk}#", f"{sk}#~")
        found = query_page(AuditRecord, pk, limit=paging.limit, cursor=paging.cursor, between=within)
    records = [row.record() for row in found.items]
    return Page([record for record in records if record.item_key == item], found.next_cursor)


def page_of_logins(month: str, since: str, until: str, paging: Paging) -> Page[AuditRecord]:
    """Return a page of the log-ins of a month (YYYY-MM, in UTC), newest first."""
    return query_page(
        AuditRecord,
        logins_list(month),
        limit=paging.limit,
        cursor=paging.cursor,
        index=BY_LIST,
        between=AuditRecord.at.between(since, until),
    )


def page_of_logins_of(user_id: str, since: str, until: str, paging: Paging) -> Page[AuditRecord]:
    """Return a page of a user's log-ins, newest first, found among all that happened to it; it may be short."""
    return query_page(
        AuditRecord,
        keys.user(user_id),
        limit=paging.limit,
        cursor=paging.cursor,
        index=BY_TIME,
        between=AuditRecord.at.between(since, until),
        matching=AuditRecord.list.startswith(logins_list("")),
    )


def walk_raw(partition: str) -> Iterator[Sequence[RawItem]]:
    """Yield the records of all items in a partition of `bank`, in DynamoDB's own notation, a page at a time."""
    return walk_pages(AuditRecord, partition, at_once=ITEMS_AT_ONCE_MAX)


def walk_item(item: Key) -> Iterator[Sequence[Record]]:
    """Yield the records of one item, the oldest first, a page at a time."""
    pk, sk = item
    for page in walk_pages(AuditRecord, pk, within=AuditRecord.sk.between(f"{sk}#", f"{sk}#~")):
        yield [record for record in map(AuditRecord.record_in, page) if record.item_key == item]


def raw_of(items: Iterable[tuple[Key, int]]) -> Sequence[RawItem]:
    """Return the records of items, by key and version, and of the version after it, in DynamoDB's own notation."""
    wanted = [record_key(key, version) for key, last in items for version in range(1, last + 2)]
    return sorted(batch_get_raw(AuditRecord.Meta.table_name, wanted), key=key_of)


def find_all(wanted: Iterable[Key]) -> dict[Key, Record]:
    """Return the records that exist by their keys, read consistently."""
    found = map(AuditRecord.from_raw_data, batch_get_raw("audit", wanted))
    return {item.own_key: item.record() for item in found}
