"""Makes a delivery of each event for each endpoint that wants it, from the stream of the table `events`.

A delivery's id is a hash of the endpoint and the event, so a batch that the stream delivers again makes none twice.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from chalicelib import clock
from chalicelib.domain.events.event import Event
from chalicelib.domain.webhooks import patterns
from chalicelib.models.events.event_row import row_from_stream
from chalicelib.models.item import key_of
from chalicelib.models.webhooks import endpoint as endpoints
from chalicelib.models.webhooks.delivery import Delivery
from chalicelib.models.webhooks.endpoint import WebhookEndpoint
from chalicelib.observability import count, logger
from chalicelib.services import set_aside
from chalicelib.services.webhooks import bus, own_matters, queue

Record = dict[str, Any]
ResultT = TypeVar("ResultT")


def publish(records: list[Record]) -> int:
    """Make and queue the deliveries of a batch; return how many. What may pass is raised, and the batch comes again.

    An event that will not pass goes to the dead letters, by its key, so that it delays no other.
    """
    read = [(record, _do(record, partial(row_from_stream, record))) for record in records]
    events = [(record, row.event()) for record, row in read if row]
    wanting = endpoints.endpoints_of({event.recipient for _, event in events})
    made: list[Delivery] = []
    for record, event in events:
        made += _do(record, partial(_make, event, wanting.get(event.recipient, []))) or []
    new = [one for one in made if one.status == "pending" and one.turn == 0]
    queue.send_all(new)
    bus.put_all([event for _, event in events])
    logger.info("events published", events=len(events), deliveries=len(new))
    return len(new)


def wants(endpoint: WebhookEndpoint, event: Event) -> bool:
    """Return whether an enabled endpoint has asked for this type of event."""
    return endpoint.status == "enabled" and patterns.matches(endpoint.events, event.type)


def _make(event: Event, of_recipient: Iterable[WebhookEndpoint]) -> list[Delivery]:
    return make_all(event, own_matters.without_own([one for one in of_recipient if wants(one, event)], event))


def make_all(event: Event, to: Iterable[WebhookEndpoint]) -> list[Delivery]:
    """Store the delivery of an event to each endpoint, unless there is one, and return those that are there."""
    return [Delivery.new(one.id, one.owner, event.id, event.type, clock.now()).put() for one in to]


def _do(record: Record, act: Callable[[], ResultT]) -> ResultT | None:
    """Act on one record, or put it aside; None then."""
    try:
        return act()
    except Exception as error:
        if set_aside.may_pass(error):
            raise
        _, event_id = key_of(record["dynamodb"]["Keys"])
        logger.error("an event cannot be published", event_id=event_id, error=type(error).__name__, exc_info=error)
        count("EventsNotPublished")
        queue.bury({"event_id": event_id, "error": type(error).__name__})
        return None
