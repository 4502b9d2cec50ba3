"""Replays: an event is sent again to an endpoint, with the id and body that it had, and a new time and signature.

A range replays from the events themselves, not from their deliveries: what happened while an endpoint was disabled has
none, and is not lost.
"""

from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from chalicelib import clock
from chalicelib.domain import ids
from chalicelib.domain.errors import Conflict, Contention, ValidationFailed
from chalicelib.domain.events.event import Event
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import moment, timestamp
from chalicelib.domain.webhooks import patterns
from chalicelib.domain.webhooks.delivery import id_of
from chalicelib.models.events.event_row import KEPT
from chalicelib.models.webhooks import event_range
from chalicelib.models.webhooks.delivery import Delivery
from chalicelib.models.webhooks.endpoint import WebhookEndpoint
from chalicelib.services import date_ranges, idempotency
from chalicelib.services.webhooks import deliveries, endpoint_lookup, own_matters, queue
from chalicelib.services.webhooks.deliveries import OpenedDelivery

EVENTS_MAX = 100
"""Events that one request looks at, since each is queued by a call; the response says where the next one goes on."""
RANGE_MAX = timedelta(days=31)
"""The bank's events are listed by day: a longer range would be more queries than a request has time for."""
DISABLED = "The endpoint is disabled. Enable it first."


@dataclass(frozen=True)
class Replayed:
    """How many deliveries were queued, and the moment (UTC) from which the next request goes on, None at the end."""

    queued: int
    next_from: str | None


def replay(caller: Caller, idempotency_key: IdempotencyKey | None, delivery_id: str) -> tuple[OpenedDelivery, bool]:
    """Replay one delivery, and return whether an earlier request under the same key had done it.

    A pending one is sent now. Raises NotFound, Conflict while the endpoint is disabled.
    """
    delivery = deliveries.find(caller, delivery_id)
    replay_id, is_repeated = _claim(caller, idempotency_key, delivery_id)
    _require_enabled(endpoint_lookup.find(caller, delivery.endpoint_id))
    found = _restart(delivery, replay_id)
    if found.turn != delivery.turn:
        queue.send(found)
    return deliveries.open_attempts(found), is_repeated


def replay_range(
    caller: Caller,
    idempotency_key: IdempotencyKey | None,
    endpoint_id: str,
    span: tuple[str | None, str | None],
    *,
    only_failed: bool,
) -> tuple[Replayed, bool]:
    """Replay what an endpoint wants of a range of time (both ends included), and return whether the key was known.

    `only_failed`: only events that it has not got. A repeated request replays nothing twice, and goes on where the
    earlier one was cut short. Raises ValidationFailed, NotFound, Conflict while the endpoint is disabled.
    """
    since, until = _range(*span)
    endpoint = endpoint_lookup.find(caller, endpoint_id)
    _require_enabled(endpoint)
    replay_id, is_repeated = _claim(caller, idempotency_key, endpoint_id)
    found = list(islice(event_range.walk(endpoint.owner, since, until, clock.now()), EVENTS_MAX + 1))
    wanted = [one for one in found[:EVENTS_MAX] if patterns.matches(endpoint.events, one.type)]
    wanted = [one for one in wanted if own_matters.without_own([endpoint], one)]
    queued = _replay_all(endpoint, wanted, replay_id, only_failed=only_failed)
    next_from = found[EVENTS_MAX].timestamp if len(found) > EVENTS_MAX else None
    return Replayed(queued, next_from), is_repeated


def _range(from_: str | None, to: str | None) -> tuple[str, str]:
    """Return the range of a replay: until now by default, and from as early as it may. Raises ValidationFailed."""
    since, until = date_ranges.parse(from_, to)
    now = clock.now()
    until = max(timestamp(now - KEPT), min(until, timestamp(now)))
    earliest = timestamp(moment(until) - RANGE_MAX)
    if from_ is not None and since < earliest:
        raise ValidationFailed.of("from", f"must be within {RANGE_MAX.days} days of to")
    return max(since, earliest), until


def _replay_all(endpoint: WebhookEndpoint, events: list[Event], replay_id: str, *, only_failed: bool) -> int:
    """Replay events, and return how many were queued."""
    delivery_ids = [id_of(endpoint.id, one.id) for one in events]
    existing = {one.id: one for one in Delivery.all_of(delivery_ids)}
    ready = []
    for event, delivery_id in zip(events, delivery_ids, strict=True):
        found = existing.get(delivery_id)
        if found is None:
            made = Delivery.new(endpoint.id, endpoint.owner, event.id, event.type, clock.now(), replay_id)
            ready.append(made.put())
        elif not (only_failed and found.status in ("succeeded", "pending")):
            moved = _restart(found, replay_id)
            if moved.turn != found.turn:
                ready.append(moved)
    queue.send_all(ready)
    return len(ready)


def _restart(delivery: Delivery, replay_id: str) -> Delivery:
    """Let a delivery begin anew under a replay, unless this replay has done it before. Raises Contention."""
    for _ in range(5):
        if replay_id in (delivery.replays or []):
            return delivery
        moved = delivery.replay(replay_id, clock.now())
        if moved:
            return moved
        delivery = Delivery.by_id(delivery.id) or delivery
    raise Contention("This delivery is being attempted. Nothing was done; retry.", retry_after_seconds=1)


def _claim(caller: Caller, idempotency_key: IdempotencyKey | None, resource_id: str) -> tuple[str, bool]:
    """Return the id of a replay, which is the same for each request under a key, and whether the key was known.

    Raises IdempotencyKeyReused for the key of another request.
    """
    if idempotency_key is None:
        return ids.new_id("evt", clock.now()), False
    _, is_repeated = idempotency.commit_once(caller, idempotency_key, resource_id, [], timestamp(clock.now()))
    return idempotency_key.transaction_id, is_repeated


def _require_enabled(endpoint: WebhookEndpoint) -> None:
    if endpoint.status != "enabled":
        raise Conflict(DISABLED)
