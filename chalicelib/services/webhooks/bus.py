"""The stack's EventBridge bus: the bank's view of every event, for consumers inside AWS, while the bus has a rule."""

import json
from collections.abc import Sequence
from typing import Any

from chalicelib import aws, resources
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.events import event as events
from chalicelib.domain.events.event import BANK, Event
from chalicelib.domain.time import moment
from chalicelib.models.webhooks import update

SOURCE = "florin"
BATCH_MAX = 10


def put_all(happened: Sequence[Event]) -> int:
    """Put the bank's view of events on the bus, if it has rules; return how many. An event may be put more than once.

    Raises Unavailable where the bus has not taken all.
    """
    found = [one for one in happened if one.recipient == BANK]
    if not found or not update.who_listens().has_bus_rules:
        return 0
    for start in range(0, len(found), BATCH_MAX):
        with aws.translate_read_errors():
            answer = aws.client("events").put_events(Entries=[_entry(one) for one in found[start : start + BATCH_MAX]])
        if answer.get("FailedEntryCount"):
            raise Unavailable("The bus is too busy. Retry.", retry_after_seconds=1)
    return len(found)


def look_for_rules() -> bool:
    """Store whether the bus has rules, if that has changed since it was stored; return it."""
    with aws.translate_read_errors():
        answer = aws.client("events").list_rules(EventBusName=resources.event_bus_name(), Limit=1)
    has_any = bool(answer["Rules"])
    if bool(update.who_listens().has_bus_rules) != has_any:
        update.note_bus_rules(has_any=has_any)
    return has_any


def _entry(event: Event) -> dict[str, Any]:
    return {
        "EventBusName": resources.event_bus_name(),
        "Source": SOURCE,
        "DetailType": event.type,
        "Time": moment(event.timestamp),
        "Detail": json.dumps(events.body(event), separators=(",", ":"), ensure_ascii=False),
    }
