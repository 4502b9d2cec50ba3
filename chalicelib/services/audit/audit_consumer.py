"""Writes the stream of `bank` to the audit table: in order, each record once, none left out."""

from typing import Any

from chalicelib.domain.audit import record as audit_record
from chalicelib.domain.audit.record import Record
from chalicelib.domain.audit.stream_change import Change, followed
from chalicelib.domain.audit.visible_fields import SKIPPED
from chalicelib.domain.ledger.hash_chain import GENESIS
from chalicelib.models.audit.audit_record import AuditRecord, find_all
from chalicelib.models.events.stream_record import change_of
from chalicelib.models.item import Key
from chalicelib.observability import logger


class CannotWrite(Exception):
    """A record that must not be written as things stand. The stream delivers it again, and a person has to look."""


def consume(records: list[dict[str, Any]]) -> int:
    """Write the records of a batch in their order, and stop at the first that cannot be written.

    Whatever came before it stays written: delivered again, it is found to be there. A record never starts a second
    chain, for the one that it follows must be there, in whatever order records are delivered.
    """
    changes = [change for change in map(change_of, records) if change.kind not in SKIPPED]
    known = {key: record.hash for key, record in find_all(followed(changes)).items()}
    for change in changes:
        record = _written(audit_record.record_of(change, _prev_hash(change, known)))
        known[record.key] = record.hash
    logger.info("audit records written", records=len(changes), received=len(records))
    return len(changes)


def _prev_hash(change: Change, known: dict[Key, str]) -> str:
    if change.previous_key is None:
        return GENESIS
    try:
        return known[change.previous_key]
    except KeyError:
        where = " ".join(change.previous_key)
        raise CannotWrite(f"{where}: the record that the next one follows is absent") from None


def _written(record: Record) -> Record:
    """Put the record, or find the one of the same change, delivered before; any other is a forgery."""
    existing = AuditRecord.of(record).put().record()
    if not audit_record.tells_the_same(existing, record):
        raise CannotWrite(f"{' '.join(record.key)}: another record stands in this one's place")
    return existing
