"""An event: a change in the bank that listeners are told of. The same change always makes the same event."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.domain import ids
from chalicelib.domain.audit.stream_change import ItemKey
from chalicelib.domain.ledger.hash_chain import digest
from chalicelib.domain.time import moment

Json = dict[str, Any]
BANK: Final = "bank"
"""The recipient of the bank's view, which staff and auditors read; any other recipient is a customer's id."""
SOURCE = "/v1"
_HASH_DIGITS = 20


@dataclass(frozen=True)
class Event:
    """The view that a recipient has of an event.

    `subject` is the path of the thing that changed, without `/v1/`. `sequence` counts the events of a subject from 1.
    `timestamp` is in UTC. `recipient` is `bank` or a customer's id.
    """

    id: str
    type: str
    timestamp: str
    subject: str
    sequence: int
    data: Mapping[str, Any]
    recipient: str = BANK


def event_id(item: ItemKey, version: int, event_type: str, at: str) -> str:
    """Return the id of the event that a version of an item makes: its time, and 80 bits of a hash of what it is."""
    return ids.id_of("evt", moment(at), int(digest([*item, version, event_type])[:_HASH_DIGITS], 16))


def body(event: Event) -> Json:
    """Return what is sent and shown of an event."""
    return {
        "id": event.id,
        "type": event.type,
        "timestamp": event.timestamp,
        "subject": event.subject,
        "sequence": event.sequence,
        "data": dict(event.data),
    }


def cloudevent(event: Event) -> Json:
    """Return the event as structured JSON of CloudEvents 1.0. Its extension `sequence` is text, as CloudEvents asks."""
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": SOURCE,
        "type": event.type,
        "subject": event.subject,
        "time": event.timestamp,
        "datacontenttype": "application/json",
        "sequence": f"{event.sequence:010d}",
        "data": dict(event.data),
    }
