"""Writes the stream of `bank` to the audit table, and the events that follow: in order, each once, none left out.

A record that cannot be written is set aside, whole, and so are the later ones of its item: they follow it in the chain.
The chains of all other items go on. `make redrive` writes what was set aside, in its order.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from chalicelib import clock
from chalicelib.domain.audit import record as audit_record
from chalicelib.domain.audit.stream_change import Change, preceding_keys
from chalicelib.domain.audit.visible_fields import SKIPPED
from chalicelib.domain.events.counting import count_event
from chalicelib.domain.ledger.hash_chain import GENESIS
from chalicelib.domain.time import moment
from chalicelib.models.audit.audit_record import AuditItem, AuditRecord, Link, links_in
from chalicelib.models.batch import Wanted, batch_get_of
from chalicelib.models.events.event_row import TABLE, Listeners
from chalicelib.models.events.stream_record import change_of
from chalicelib.models.everything.set_aside import Consumer, has_any
from chalicelib.models.item import Key
from chalicelib.observability import logger
from chalicelib.services import set_aside
from chalicelib.services.audit import event_writer
from chalicelib.services.audit.event_writer import EventWriter, NoEventError

CONSUMER: Consumer = "audit_trail"
PATIENCE = timedelta(minutes=10)
"""How long the stream is asked for the same batch again before a record is set aside that does not fit its chain."""
AUDIT = AuditItem.Meta.table_name


class CannotWrite(Exception):
    """A record that must not be written as things stand, for it does not fit the chain of its item."""


def consume(records: list[dict[str, Any]]) -> int:
    """Write the records of a batch in their order, and their events; return how many records there are.

    A record that does not fit its chain is raised until it is `PATIENCE` old, and set aside then. Whatever came before
    it stays written, with its events: delivered again, it is found to be there. A record never starts a second chain,
    for the one that it follows must be there, in whatever order records are delivered.
    """
    changes = list[tuple[Change, dict[str, Any]]]()
    for record in records:
        try:
            change = change_of(record)
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
            set_aside.put(CONSUMER, record, error, "read")
        else:
            changes += [(change, record)] if change.kind not in SKIPPED else []
    known, events = _read([change for change, _ in changes])
    try:
        for change, record in changes:
            _write_or_set_aside(change, record, known, events)
    finally:
        events.write()
    logger.info("audit records written", records=len(changes), received=len(records))
    return len(changes)


def write(record: dict[str, Any]) -> None:
    """Write one record and its event. Raises CannotWrite, and whatever else stands in the way."""
    change = change_of(record)
    known, events = _read([change])
    _write(change, record, known, events)
    events.write()


def write_event(record: dict[str, Any]) -> None:
    """Write the event of a record that is written. Raises NoEventError, and whatever else stands in the way."""
    change = change_of(record)
    stored = AuditRecord.find(*change.record_key)
    if stored is None:
        raise NoEventError(f"{' '.join(change.record_key)}: the audit has no such record yet")
    event_writer.rewrite(stored.record(), change)


def _read(changes: Iterable[Change]) -> tuple[dict[Key, Link], EventWriter]:
    """Read the links that records follow, and whether somebody listens to events, in one call.

    A record never changes once it is written, so a read at half the price finds it as it is, or not at all yet. Those
    that are absent are read again, consistently.
    """
    keys = preceding_keys(list(changes))
    wanted = [Wanted(AUDIT, keys, consistent=False)]
    if any(event_writer.is_told(change) for change in changes):
        wanted.append(event_writer.LISTENERS)
    found = batch_get_of(wanted)
    links = links_in(found[AUDIT])
    if absent := [key for key in keys if key not in links]:
        links |= links_in(batch_get_of([Wanted(AUDIT, absent)])[AUDIT])
    return links, EventWriter(Listeners.is_anybody_in(found.get(TABLE, [])))


def _write_or_set_aside(change: Change, record: dict[str, Any], known: dict[Key, Link], events: EventWriter) -> None:
    try:
        _write(change, record, known, events)
    except Exception as error:
        if set_aside.may_pass(error) or (isinstance(error, CannotWrite) and not _is_hopeless(change)):
            raise
        set_aside.put(CONSUMER, record, error, "write")


def _is_hopeless(change: Change) -> bool:
    """Return whether a record will not fit its chain however often it is delivered: it is old, or follows one that is
    set aside."""
    is_old = moment(change.seen_at) < clock.now() - PATIENCE
    return is_old or has_any(CONSUMER, change.key)


def _write(change: Change, source: dict[str, Any], known: dict[Key, Link], events: EventWriter) -> None:
    """Put the record, or find the one of the same change, delivered before; any other is a forgery."""
    before = _link_before(change, known)
    record = count_event(audit_record.record_of(change, before.hash), before.event_count)
    existing = AuditRecord.of(record).put().record()
    if not audit_record.tells_the_same(existing, record):
        raise CannotWrite(f"{' '.join(record.key)}: another record stands in this one's place")
    known[existing.key] = Link(existing.hash, existing.event_count)
    events.add(existing, change, source)


def _link_before(change: Change, known: dict[Key, Link]) -> Link:
    if change.previous_key is None:
        return Link(GENESIS)
    try:
        return known[change.previous_key]
    except KeyError:
        where = " ".join(change.previous_key)
        raise CannotWrite(f"{where}: the record that the next one follows is absent") from None
