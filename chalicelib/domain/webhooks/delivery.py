"""Deliveries: one event for one endpoint, and what an attempt makes of it. Pure rules."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from chalicelib.domain import ids
from chalicelib.domain.webhooks.endpoint import DisabledReason

Status = Literal["pending", "succeeded", "failed", "cancelled"]
ATTEMPTS_KEPT_MAX = 20
"""Attempts that a delivery shows; a replayed one can have more."""
QUEUE_REACH = timedelta(minutes=15)
"""The longest delay of a message in SQS. What is due later waits in the index."""
OVERDUE_AFTER = timedelta(minutes=10)
"""How long after its time the sweep queues a delivery again, because its message was lost."""
RETRY_AFTER_MAX = timedelta(hours=24)
"""A receiver may ask for a longer pause than the schedule's, but not for more than this."""
GONE = 410
ASKS_TO_WAIT = frozenset({429, 503})


def id_of(endpoint_id: str, event_id: str) -> str:
    """Return the only delivery id that an event can have at an endpoint, so a repeated batch makes no second one."""
    return ids.hashed_id("dlv", f"{endpoint_id}\n{event_id}")


@dataclass(frozen=True)
class Next:
    """The step that follows an attempt: `due_at` while it is pending; `disables` says why the endpoint is disabled."""

    status: Status
    due_at: datetime | None = None
    disables: DisabledReason | None = None


def judge(status: int | None, retry_after_seconds: float | None, delay: timedelta | None, now: datetime) -> Next:
    """Decide what follows an answer, or its absence (`status` None).

    `delay` is the schedule's pause before the next attempt, None after the last one.
    """
    if status is not None and 200 <= status < 300:
        return Next("succeeded")
    if status == GONE:
        return Next("failed", disables="gone")
    if delay is None:
        return Next("failed")
    if status in ASKS_TO_WAIT and retry_after_seconds is not None:
        wanted = timedelta(seconds=min(retry_after_seconds, RETRY_AFTER_MAX.total_seconds()))
        delay = max(delay, wanted)
    return Next("pending", now + delay)
