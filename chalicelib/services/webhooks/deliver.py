"""Makes one attempt of a delivery.

The order makes every crash harmless: the delivery is claimed, a slot of the endpoint is leased, the message is sent,
and only then the attempt is recorded. A crash before the record sends the same message again, with the same id.
"""

import random
from contextlib import suppress
from datetime import timedelta
from typing import Literal

from chalicelib import clock
from chalicelib.domain.errors import Conflict
from chalicelib.domain.time import moment, timestamp
from chalicelib.domain.traceparent import TraceParent
from chalicelib.domain.webhooks import schedule
from chalicelib.domain.webhooks.delivery import QUEUE_REACH, Next, judge
from chalicelib.domain.webhooks.endpoint import has_failed_too_long
from chalicelib.models.events.event_row import EventRow
from chalicelib.models.webhooks import slots
from chalicelib.models.webhooks.delivery import Delivery
from chalicelib.models.webhooks.endpoint import WebhookEndpoint
from chalicelib.observability import count, logger, measure
from chalicelib.services.crypto import personal_fields
from chalicelib.services.webhooks import message, own_matters, queue, rights, sender
from chalicelib.services.webhooks.sender import Answer

Outcome = Literal["old", "cancelled", "claimed", "waiting", "succeeded", "failed", "pending"]
LEASE = timedelta(seconds=45)
"""Longer than an attempt and its records can take, shorter than the queue hides a message."""
FIRST_WAIT = timedelta(seconds=2)
WAIT_DOUBLINGS_MAX = 8


def deliver(delivery_id: str, turn: int, waits: int = 0) -> Outcome:
    """Attempt a delivery, if this turn of it is still to be used; return what came of it."""
    delivery = Delivery.by_id(delivery_id)
    if delivery is None or delivery.status != "pending" or delivery.turn != turn:
        return "old"
    endpoint, row = _read(delivery)
    if endpoint is None or row is None:
        delivery.cancel(clock.now())
        return "cancelled"
    if not delivery.claim(clock.now(), LEASE):
        return "claimed"
    slot = slots.take(endpoint.id, clock.now(), LEASE)
    if slot is None:
        _wait(delivery, waits)
        return "waiting"
    if delivery.attempt_count == 0 and not delivery.replays:
        measure(WebhookFirstAttemptMilliseconds=round((clock.now() - moment(row.timestamp)).total_seconds() * 1000))
    answer = _send(endpoint, row)
    failing_since = slots.give_back(endpoint.id, slot, clock.now(), has_succeeded=answer.is_success)
    follows = _record(delivery, endpoint, answer, row.traceparent)
    if follows.disables or (not answer.is_success and has_failed_too_long(failing_since, clock.now())):
        rights.disable(endpoint, follows.disables or "failing")
    return follows.status


def _read(delivery: Delivery) -> tuple[WebhookEndpoint | None, EventRow | None]:
    """Return the endpoint, if it is enabled and its right has not ended, and the event, if it may get that."""
    endpoint = WebhookEndpoint.by_id(delivery.owner, delivery.endpoint_id)
    if endpoint is None or endpoint.status != "enabled":
        return None, None
    if not endpoint.url or not rights.has_right(endpoint):
        rights.disable(endpoint, "right_ended")
        return None, None
    row = EventRow.by_id(delivery.event_id, delivery.owner)
    return endpoint, row if row and own_matters.without_own([endpoint], row.event()) else None


def _wait(delivery: Delivery, waits: int) -> None:
    """Let a delivery come again later, since every slot of its endpoint is taken. No attempt is used."""
    pause = random.uniform(0.5, 1) * FIRST_WAIT * 2 ** min(waits, WAIT_DOUBLINGS_MAX)
    now = clock.now()
    if delivery.release(now + pause, now):
        queue.send(delivery, pause, waits=waits + 1)


def _send(endpoint: WebhookEndpoint, row: EventRow) -> Answer:
    opened, event = personal_fields.decrypt(endpoint), row.event()
    body = message.body_of(endpoint, event)
    headers = message.headers_of(endpoint, opened, event.id, body, clock.now(), row.traceparent)
    return sender.send(opened["url"] or "", headers, body)


def _record(delivery: Delivery, endpoint: WebhookEndpoint, answer: Answer, caused_by: str | None) -> Next:
    """Store the attempt, and queue the next one if it is near. Another sender's record of this turn stands."""
    now = clock.now()
    delay = schedule.delay_before(delivery.round_attempts + 2)
    follows = judge(answer.status, answer.retry_after_seconds, delay, now)
    recorded = delivery.record(attempt_of(delivery, endpoint.whose, answer, timestamp(now)), follows, now)
    count("WebhookAttempts", outcome="succeeded" if answer.is_success else "failed")
    logger.info(
        "webhook attempt",
        delivery_id=delivery.id,
        endpoint_id=endpoint.id,
        event_id=delivery.event_id,
        trace_id=TraceParent.of_attempt(delivery.event_id, "", caused_by).trace_id,
        status=answer.status,
        error=answer.error,
    )
    if recorded and follows.due_at:
        queue_if_near(recorded, follows.due_at - now)
    return follows


def queue_if_near(delivery: Delivery, delay: timedelta) -> None:
    """Queue a turn that is due within the queue's reach; the sweep queues any other in time."""
    if delay <= QUEUE_REACH:
        queue.send(delivery, delay)


def attempt_of(delivery: Delivery, subject_id: str, answer: Answer, at: str) -> dict[str, object]:
    """Return an attempt as it is stored. What the receiver said is sealed, as it may be about a person."""
    attempt: dict[str, object] = {"at": at, "milliseconds": answer.milliseconds}
    if answer.status is not None:
        attempt["status"] = answer.status
    if answer.error is not None:
        attempt["error"] = answer.error
    if answer.excerpt:
        with suppress(Conflict):  # erased in this moment: nothing more is kept about the customer
            attempt |= personal_fields.encrypt(subject_id, delivery.own_key, {"answer": answer.excerpt})
    return attempt
