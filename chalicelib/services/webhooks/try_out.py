"""Sends a test event to an endpoint, now, and says what the receiver answered."""

from dataclasses import dataclass

from chalicelib import clock
from chalicelib.domain import ids
from chalicelib.domain.errors import Contention, TooManyAttempts
from chalicelib.domain.events.event import Event
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.domain.webhooks.endpoint import TESTS_MAX
from chalicelib.models.webhooks import slots
from chalicelib.models.webhooks.sent_tests import count_test
from chalicelib.services.crypto import personal_fields
from chalicelib.services.webhooks import endpoint_lookup, message, sender
from chalicelib.services.webhooks.deliver import LEASE
from chalicelib.services.webhooks.sender import Answer

MANY = f"All endpoints together can be tested {TESTS_MAX} times an hour. Nothing was sent; retry as Retry-After says."
BUSY = "The endpoint is answering other messages. Nothing was sent; retry."


@dataclass(frozen=True)
class TrialAnswer:
    """The id of the event that was sent, and what came back."""

    event_id: str
    answer: Answer


def send_test(caller: Caller, endpoint_id: str) -> TrialAnswer:
    """Send an `endpoint.test` event and wait for the answer, 15 seconds at most.

    It changes nothing, and works for a disabled endpoint too. Raises NotFound, Contention while as many messages are on
    their way as an endpoint may get at once, and TooManyAttempts where its owner has tested too often: the address may
    be a stranger's.
    """
    endpoint = endpoint_lookup.find(caller, endpoint_id)
    now = clock.now()
    event = Event(
        id=ids.new_id("evt", now),
        type="endpoint.test",
        timestamp=timestamp(now),
        subject=f"webhook-endpoints/{endpoint.id}",
        sequence=0,
        data={"endpoint_id": endpoint.id},
        recipient=endpoint.owner,
    )
    opened = personal_fields.decrypt(endpoint)
    body = message.body_of(endpoint, event)
    wait = count_test(endpoint.owner, now)
    if wait:
        raise TooManyAttempts(MANY, retry_after_seconds=wait)
    slot = slots.take(endpoint.id, now, LEASE)
    if slot is None:
        raise Contention(BUSY, retry_after_seconds=5)
    try:
        answer = sender.send(opened["url"] or "", message.headers_of(endpoint, opened, event.id, body, now), body)
    finally:
        slots.give_back(endpoint.id, slot, clock.now(), has_succeeded=None)
    return TrialAnswer(event.id, answer)
