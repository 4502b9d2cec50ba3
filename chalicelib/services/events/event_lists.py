"""Events as they are read: staff and auditors see the bank's view of all, customers what they were told."""

from dataclasses import dataclass
from functools import partial

from chalicelib import clock
from chalicelib.domain import errors
from chalicelib.domain.errors import ValidationFailed
from chalicelib.domain.events.catalogue import BY_NAME, id_of, type_of
from chalicelib.domain.events.event import BANK
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.audit import audit_pages
from chalicelib.models.events import event_lists, subjects
from chalicelib.models.events.event_lists import Wanted
from chalicelib.models.events.event_row import KEPT, EventRow, rows_by_id
from chalicelib.models.paging import Page, Paging, first_with_any
from chalicelib.services import conflicts, date_ranges

EPOCH, LAST = "1970-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"


@dataclass(frozen=True)
class EventQuery:
    """`from_` and `to` are dates of the bank or timestamps, both inclusive."""

    type: str | None = None
    subject: str | None = None
    from_: str | None = None
    to: str | None = None


def get(caller: Caller, event_id: str) -> EventRow:
    """Read an event. Raises NotFound for what the caller was not told."""
    row = EventRow.by_id(event_id, _recipient(caller))
    if row is None or not conflicts.without_own_events(caller, [row]):
        raise errors.unknown("event", event_id)
    return row


def page(caller: Caller, query: EventQuery, paging: Paging) -> Page[EventRow]:
    """List events, newest first. Of a type or a subject, a page may be short. Events of alerts about the caller are
    left out, and others fill their places."""
    if query.type is not None and query.type not in BY_NAME:
        raise ValidationFailed.of("type", "must be a type of GET /v1/event-types")
    since, until = date_ranges.parse(query.from_, query.to)
    wanted = Wanted(max(since, EPOCH), min(max(until, EPOCH), LAST), query.type)
    read = partial(_read, caller, query, wanted)
    return conflicts.fill_page(
        paging, lambda paging: first_with_any(read, paging), partial(conflicts.without_own_events, caller)
    )


def _read(caller: Caller, query: EventQuery, wanted: Wanted, paging: Paging) -> Page[EventRow]:
    if query.subject is not None:
        return _of_subject(caller, query.subject, wanted, paging)
    if not caller.sees_everything:
        return event_lists.page_of_customer(_recipient(caller), wanted, paging)
    asked = f"{query.type} {query.from_} {query.to}"
    return event_lists.page_of_bank(wanted, _days(wanted), paging, asked)


def _days(wanted: Wanted) -> tuple[str, str]:
    """Return the UTC days on which there can be events of a range: none is older than the table keeps."""
    now = clock.now()
    return max(wanted.since[:10], timestamp(now - KEPT)[:10]), min(wanted.until[:10], timestamp(now)[:10])


def _of_subject(caller: Caller, subject: str, wanted: Wanted, paging: Paging) -> Page[EventRow]:
    """Return a page of the events of one thing, by its audit records. Whoever was told nothing there learns nothing of
    it: not even that there is more."""
    item = subjects.item_of(subject)
    if item is None:
        raise ValidationFailed.of("subject", "must be the subject of an event, such as transactions/txn_…")
    records = audit_pages.page_of_item(item, paging)
    made = [(record, event_type) for record in records.items if (event_type := type_of(record))]
    in_range = [(record, one) for record, one in made if wanted.since <= record.at <= wanted.until]
    names = [id_of(record, one) for record, one in in_range if wanted.type in (None, one.name)]
    rows = rows_by_id(names, _recipient(caller))
    is_told = bool(rows) or caller.sees_everything
    return Page(rows, records.next_cursor if is_told else None)


def _recipient(caller: Caller) -> str:
    return BANK if caller.sees_everything else str(caller.customer_id)
