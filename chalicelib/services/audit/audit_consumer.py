"""Writes the stream of `bank` to the audit table: in order, each record once, none left out.

A record that cannot be written is set aside, whole, and so are the later ones of its item: they follow it in the chain.
The chains of all other items go on. `make redrive` writes what was set aside, in its order.
"""

from datetime import timedelta
from typing import Any

from chalicelib import clock
from chalicelib.domain.audit import record as audit_record
from chalicelib.domain.audit.record import Record
from chalicelib.domain.audit.stream_change import Change, followed
from chalicelib.domain.audit.visible_fields import SKIPPED
from chalicelib.domain.ledger.hash_chain import GENESIS
from chalicelib.domain.time import moment
from chalicelib.models.audit.audit_record import AuditRecord, find_all
from chalicelib.models.events.stream_record import change_of
from chalicelib.models.everything.set_aside import Consumer, has_any
from chalicelib.models.item import Key
from chalicelib.observability import logger
from chalicelib.services import set_aside

CONSUMER: Consumer = "audit_trail"
PATIENCE = timedelta(minutes=10)
"""How long the stream is asked for the same batch again before a record is set aside that does not fit its chain."""


class CannotWrite(Exception):
    """A record that must not be written as things stand, for it does not fit the chain of its item."""


def consume(records: list[dict[str, Any]]) -> int:
    """Write the records of a batch in their order; return how many there are.

    A record that does not fit its chain is raised until it is `PATIENCE` old, and set aside then. Whatever came before
    it stays written: delivered again, it is found to be there. A record never starts a second chain, for the one that
    it follows must be there, in whatever order records are delivered.
    """
    changes = list[tuple[Change, dict[str, Any]]]()
    for record in records:
        try:
            change = change_of(record)
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
            set_aside.put(CONSUMER, record, error, "read")
        else:
            changes += [(change, record)] if change.kind not in SKIPPED else []
    known = {key: record.hash for key, record in find_all(followed([change for change, _ in changes])).items()}
    for change, record in changes:
        _write_or_set_aside(change, record, known)
    logger.info("audit records written", records=len(changes), received=len(records))
    return len(changes)


def write(record: dict[str, Any]) -> None:
    """Write one record. Raises CannotWrite, and whatever else stands in the way."""
    change = change_of(record)
    known = {key: found.hash for key, found in find_all(followed([change])).items()}
    _written(audit_record.record_of(change, _prev_hash(change, known)))


def _write_or_set_aside(change: Change, record: dict[str, Any], known: dict[Key, str]) -> None:
    try:
        made = _written(audit_record.record_of(change, _prev_hash(change, known)))
    except Exception as error:
        if set_aside.may_pass(error) or (isinstance(error, CannotWrite) and not _is_hopeless(change)):
            raise
        set_aside.put(CONSUMER, record, error, "write")
    else:
        known[made.key] = made.hash


def _is_hopeless(change: Change) -> bool:
    """Return whether a record will not fit its chain however often it is delivered: it is old, or follows one that is
    set aside."""
    is_old = moment(change.seen_at) < clock.now() - PATIENCE
    return is_old or has_any(CONSUMER, change.key)


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
