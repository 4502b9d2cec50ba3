"""The HTTP message of an event for an endpoint: its bytes, and the headers that sign them."""

import json
from datetime import datetime

from chalicelib.domain import traceparent
from chalicelib.domain.events import event as events
from chalicelib.domain.events.event import Event
from chalicelib.domain.time import timestamp
from chalicelib.domain.traceparent import TraceParent
from chalicelib.domain.webhooks.endpoint import secret_overlaps
from chalicelib.models.webhooks.endpoint import WebhookEndpoint
from chalicelib.services.crypto.personal_fields import Fields
from chalicelib.services.webhooks import signing

CONTENT_TYPES = {"standard": "application/json", "cloudevents": "application/cloudevents+json"}


def body_of(endpoint: WebhookEndpoint, event: Event) -> bytes:
    """Return the body: the same bytes at each attempt, for they follow from the event."""
    told = events.cloudevent(event) if endpoint.format == "cloudevents" else events.body(event)
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()


def headers_of(
    endpoint: WebhookEndpoint,
    opened: Fields,
    event_id: str,
    body: bytes,
    now: datetime,
    caused_by: str | None = None,
) -> dict[str, str]:
    """Return the headers of an attempt, signed at this moment with every secret that is valid now.

    `caused_by` is the trace of the request that made the event, if its client named one.
    """
    secrets = [opened["secret"]] if opened["secret"] else []
    if opened["previous_secret"] and secret_overlaps(endpoint.previous_until, timestamp(now)):
        secrets.append(opened["previous_secret"])
    signed = signing.headers(endpoint.signature, secrets, event_id, now, body)
    trace = TraceParent.of_attempt(event_id, f"{endpoint.id} {timestamp(now)}", caused_by)
    return {**signed, "Content-Type": CONTENT_TYPES[endpoint.format], traceparent.NAME: str(trace)}
