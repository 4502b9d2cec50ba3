"""An example of each type of event, derived from a sample item as the bank derives events."""

from chalicelib.domain.audit.record import Record
from chalicelib.domain.audit.stream_change import record_key
from chalicelib.domain.events.catalogue import EDITION, EventType, make_event
from chalicelib.domain.events.event import Json, body
from chalicelib.domain.events.fields import Occurrence

_AT = "2026-11-21T08:30:00.123456Z"


def example_of(event_type: EventType) -> Json:
    """Return an event of a type as it is sent, in the bank's view."""
    return body(make_event(event_type, sample_of(event_type), 1))


def schema_of_event(event_type: EventType) -> Json:
    """Return the JSON Schema of an event of a type as it is sent."""
    return {
        "type": "object",
        "properties": {
            "id": {"type": "string", "description": "The same whenever it is sent: handle each id once"},
            "type": {"type": "string", "const": event_type.name},
            "timestamp": {"type": "string", "format": "date-time"},
            "subject": {"type": "string", "description": "The path of what changed, without `/v1/`"},
            "sequence": {"type": "integer", "description": "Counts the events of the subject from 1, without gaps"},
            "data": event_type.data_schema,
        },
        "required": ["id", "type", "timestamp", "subject", "sequence", "data"],
    }


def sample_of(event_type: EventType) -> Occurrence:
    """Return an occurrence that makes an event of a type."""
    shape, is_new = event_type.shape, event_type.sample_event.endswith(".created") or not event_type.sample
    state = {name: value for name, value in {**shape.sample, **event_type.sample}.items() if value is not None}
    after = state if is_new else {name: state[name] for name in event_type.sample if name in state}
    version = 1 if is_new else 2
    things, parts = shape.sample_ids[:1], shape.sample_ids[1:]
    record = Record(
        *record_key(("#".join(("SAMPLE", *things)), "#".join(("SAMPLE", *parts))), version),
        version=version,
        event=event_type.sample_event,
        actor="system",
        at=_AT,
        request_id="",
        before={} if is_new else dict.fromkeys(after, ""),
        after=after,
        changed=[],
        image_digest=None,
        prev_hash="",
        event_count=1,
        event_edition=EDITION,
    )
    return Occurrence(record, state)
