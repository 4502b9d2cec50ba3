"""Deliveries: an item of the table `events` for each event that an endpoint is to get."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain import ids
from chalicelib.domain.time import timestamp
from chalicelib.domain.webhooks.delivery import ATTEMPTS_KEPT_MAX, OVERDUE_AFTER, QUEUE_REACH, Next, Status, id_of
from chalicelib.models import keys
from chalicelib.models.attributes import ChoiceAttribute, CompactJSONAttribute, IntegerAttribute
from chalicelib.models.batch import BATCH_MAX, batch_get_raw
from chalicelib.models.events.event_row import KEPT, TABLE, EventsItem
from chalicelib.models.item import Key, key_of
from chalicelib.models.paging import Page, Paging, query_page, walk_pages
from chalicelib.models.webhooks.update import change

DUE_SHARDS = 4
REPLAYS_KEPT_MAX = 50
"""Keys of replays that a delivery remembers."""


class Delivery(EventsItem):
    """`turn` moves with every attempt and every replay: a message of the queue is for one turn, and any other is old.

    `attempts` are the last ones, each with `at`, `status` or `error`, `milliseconds`, and `answer`, which is sealed.
    `round_attempts` counts those since the last replay. `claimed_until` (epoch milliseconds) is when the one who is
    sending counts as lost. A pending delivery stands in the list of what is due, at the moment from which on the sweep
    queues it. `replays` are the hashes of the requests that have replayed it.
    """

    id = UnicodeAttribute()
    endpoint_id = UnicodeAttribute()
    owner = UnicodeAttribute()
    event_id = UnicodeAttribute()
    event_type = UnicodeAttribute()
    status = ChoiceAttribute[Status]()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    due_at = UnicodeAttribute(null=True)
    turn = IntegerAttribute(default=0)
    round_attempts = IntegerAttribute(default=0)
    attempt_count = IntegerAttribute(default=0)
    attempts = CompactJSONAttribute(default=list)
    claimed_until = IntegerAttribute(null=True)
    replays = CompactJSONAttribute(null=True)

    @staticmethod
    def key(delivery_id: str) -> Key:
        return f"DELIVERY#{delivery_id}", "DELIVERY"

    @classmethod
    def by_id(cls, delivery_id: str) -> "Delivery | None":
        return cls.find(*cls.key(delivery_id)) if ids.is_id("dlv", delivery_id) else None

    @classmethod
    def all_of(cls, delivery_ids: list[str]) -> "list[Delivery]":
        """Return the deliveries with these ids that exist, in the order of the ids."""
        found = {one.id: one for one in cls.all_at(map(cls.key, delivery_ids))}
        return [found[one] for one in delivery_ids if one in found]

    @classmethod
    def all_at(cls, places: Iterable[Key]) -> "list[Delivery]":
        """Return the deliveries that exist under these keys, in any order."""
        return [cls.from_raw_data(item) for item in batch_get_raw(TABLE, places)]

    @classmethod
    def new(
        cls, endpoint_id: str, owner: str, event_id: str, event_type: str, now: datetime, replay_id: str | None = None
    ) -> "Delivery":
        """Return the delivery of an event to an endpoint, due now, which is not stored yet."""
        at, delivery_id = timestamp(now), id_of(endpoint_id, event_id)
        made = cls(
            *cls.key(delivery_id),
            id=delivery_id,
            endpoint_id=endpoint_id,
            owner=owner,
            event_id=event_id,
            event_type=event_type,
            status="pending",
            created_at=at,
            updated_at=at,
            due_at=at,
            replays=[replay_id] if replay_id else None,
            expires_at=int((now + KEPT).timestamp()),
            gsi1pk=_list_of(endpoint_id),
            gsi1sk=f"{at}#{delivery_id}",
        )
        made.gsi2pk, made.gsi2sk = _due_list(delivery_id), _swept_from(now, now)
        return made

    @classmethod
    def page_of_endpoint(cls, endpoint_id: str, paging: Paging) -> "Page[Delivery]":
        """Return a page of the deliveries to an endpoint, the last made first."""
        rows = query_page(cls, _list_of(endpoint_id), limit=paging.limit, cursor=paging.cursor, index="gsi1")
        return Page(cls.all_of([keys.id_in(row.pk) for row in rows.items]), rows.next_cursor)

    @classmethod
    def walk_due(cls, now: datetime) -> "Iterator[list[Delivery]]":
        """Yield what is due, or was and has made no step since, as many at a time as one call reads."""
        for place in all_due_lists():
            for page in walk_pages(cls, place, within=cls.gsi2sk <= timestamp(now), index="gsi2"):
                due = [keys.id_in(key_of(row)[0]) for row in page]
                for start in range(0, len(due), BATCH_MAX):
                    found = cls.all_of(due[start : start + BATCH_MAX])
                    yield [one for one in found if one.status == "pending"]

    def claim(self, now: datetime, lease: timedelta) -> bool:
        """Claim the delivery for one sender until the lease ends. Return False where its turn is over or taken."""
        at = int(now.timestamp() * 1000)
        is_free = Delivery.claimed_until.does_not_exist() | (Delivery.claimed_until <= at)
        condition = (Delivery.turn == self.turn) & (Delivery.status == "pending") & is_free
        until = int((now + lease).timestamp() * 1000)
        return change(self, [Delivery.claimed_until.set(until)], condition) is not None

    def release(self, due_at: datetime, now: datetime) -> bool:
        """Give a turn back that was not used, to come again at a moment."""
        changes = [Delivery.claimed_until.remove(), Delivery.gsi2sk.set(_swept_from(due_at, now))]
        return change(self, changes, Delivery.turn == self.turn) is not None

    def postpone_sweep(self, now: datetime) -> bool:
        """Take the delivery out of what is due for as long as its new message needs. Whoever is sending goes on."""
        return change(self, [Delivery.gsi2sk.set(_swept_from(now, now))], Delivery.turn == self.turn) is not None

    def record(self, attempt: dict[str, Any], follows: Next, now: datetime) -> "Delivery | None":
        """Store an attempt and what follows from it; None where another sender has used the turn."""
        attempts = [*self.attempts, attempt][-ATTEMPTS_KEPT_MAX:]
        changes = [
            *self._step(follows, now),
            Delivery.round_attempts.set(self.round_attempts + 1),
            Delivery.attempt_count.set(self.attempt_count + 1),
            Delivery.attempts.set(attempts),
        ]
        return change(self, changes, (Delivery.turn == self.turn) & (Delivery.status == "pending"))

    def cancel(self, now: datetime) -> "Delivery | None":
        """End a pending delivery that its endpoint must not get; a replay can send it later."""
        return change(self, self._step(Next("cancelled"), now), Delivery.turn == self.turn)

    def replay(self, replay_id: str, now: datetime) -> "Delivery | None":
        """Let the delivery begin anew, as one replay; None where another request has moved it since it was read."""
        changes = [
            *self._step(Next("pending", now), now),
            Delivery.round_attempts.set(0),
            Delivery.replays.set([*(self.replays or []), replay_id][-REPLAYS_KEPT_MAX:]),
        ]
        return change(self, changes, Delivery.turn == self.turn)

    def _step(self, follows: Next, now: datetime) -> list[Any]:
        changes = [
            Delivery.status.set(follows.status),
            Delivery.updated_at.set(timestamp(now)),
            Delivery.turn.set(self.turn + 1),
            Delivery.claimed_until.remove(),
        ]
        if follows.due_at is None:
            return [*changes, Delivery.due_at.remove(), Delivery.gsi2pk.remove(), Delivery.gsi2sk.remove()]
        return [
            *changes,
            Delivery.due_at.set(timestamp(follows.due_at)),
            Delivery.gsi2pk.set(_due_list(self.id)),
            Delivery.gsi2sk.set(_swept_from(follows.due_at, now)),
        ]


def _swept_from(due_at: datetime, now: datetime) -> str:
    """Return from when on the sweep queues a delivery: its time, or, if the queue has it by then, a while after."""
    return timestamp(due_at + OVERDUE_AFTER if due_at - now <= QUEUE_REACH else due_at)


def _due_list(delivery_id: str) -> str:
    return all_due_lists()[ord(delivery_id[-1]) % DUE_SHARDS]


def all_due_lists() -> list[str]:
    """Return the index partitions of the deliveries that have not ended."""
    return [f"DUE#{shard}" for shard in range(DUE_SHARDS)]


def _list_of(endpoint_id: str) -> str:
    return f"ENDPOINT#{endpoint_id}"
