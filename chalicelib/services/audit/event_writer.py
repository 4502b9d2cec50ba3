"""Writes the events that follow from audit records: a row for each recipient, 25 rows in a call.

An event is made from the stream's image, when its audit record is written: a later read would show a later state. One
that cannot be made or written is set aside, and the audit goes on. It keeps its number: `make redrive` writes it.
"""

from dataclasses import dataclass, field
from typing import Any

from chalicelib.domain.audit.record import Record
from chalicelib.domain.audit.stream_change import Change
from chalicelib.domain.audit.visible_fields import visible
from chalicelib.domain.events.catalogue import EDITION, kinds_of, type_of, views_of
from chalicelib.domain.events.event import BANK
from chalicelib.domain.events.fields import Occurrence
from chalicelib.domain.traceparent import TraceParent
from chalicelib.models.batch import Wanted, batch_get_of
from chalicelib.models.events import event_row
from chalicelib.models.events.event_row import TABLE, EventRow, Listeners
from chalicelib.models.everything.set_aside import Consumer
from chalicelib.services import set_aside

CONSUMER: Consumer = "event_rows"
StreamRecord = dict[str, Any]
LISTENERS = Wanted(TABLE, [Listeners.key()], consistent=False)
"""Who listens, read together with the records that are followed."""


class NoEventError(Exception):
    """A record that makes no event, or that the audit does not have."""


def is_told(change: Change) -> bool:
    """Return whether a change may make an event."""
    return change.kind in kinds_of(EDITION)


@dataclass
class EventWriter:
    """Collects the events of a batch, and writes them at once. `is_wanted`: somebody listens."""

    is_wanted: bool
    _rows: list[tuple[StreamRecord, list[EventRow]]] = field(default_factory=list)

    def add(self, record: Record, change: Change, source: StreamRecord) -> None:
        """Take the event that an audit record makes, if it makes one. `source` is the stream's record."""
        try:
            self._rows.append((source, rows_of(record, change, is_wanted=self.is_wanted)))
        except Exception as error:  # noqa: BLE001 — whatever is wrong with one event, the audit goes on
            set_aside.put(CONSUMER, source, error, "make")

    def write(self) -> None:
        """Write what was collected. Raises what may pass: the stream sends the batch again."""
        rows, self._rows = self._rows, []
        try:
            event_row.put_all([row for _, made in rows for row in made])
        except Exception as error:
            if set_aside.may_pass(error):
                raise
            for source, made in rows:
                _write_or_set_aside(source, made)


def rows_of(record: Record, change: Change, *, is_wanted: bool) -> list[EventRow]:
    """Return the rows of the event that an audit record makes, none if it makes none.

    Raises KeyError, ValueError, TypeError for an item that is not well-formed.
    """
    event_type = type_of(record)
    if event_type is None or record.event_count is None:
        return []
    told = Occurrence(record, visible(record.kind, change.after or {}))
    views = views_of(event_type, told, record.event_count)
    image = change.after or {}

    def trace_for(recipient: str) -> str | None:
        customer_id = None if recipient == BANK else recipient
        return TraceParent.of_mark(image.get("trace_mark"), image.get("request_id"), customer_id)

    return [
        EventRow.of(view, record.item_key, record.version, wanted=is_wanted, traceparent=trace_for(view.recipient))
        for view in views
    ]


def rewrite(record: Record, change: Change) -> None:
    """Write an event that was set aside, with the number that its audit record has. Raises NoEventError."""
    if type_of(record) is None:
        raise NoEventError(f"{' '.join(record.key)}: the record makes no event")
    is_wanted = Listeners.is_anybody_in(batch_get_of([LISTENERS])[TABLE])
    event_row.put_all(rows_of(record, change, is_wanted=is_wanted))


def _write_or_set_aside(source: StreamRecord, rows: list[EventRow]) -> None:
    try:
        event_row.put_all(rows)
    except Exception as error:
        if set_aside.may_pass(error):
            raise
        set_aside.put(CONSUMER, source, error, "write")
