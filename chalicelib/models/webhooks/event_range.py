"""The events of one recipient within a range of time, oldest first, for replays."""

import heapq
from collections.abc import Iterator
from datetime import datetime, timedelta

from chalicelib.domain import ids
from chalicelib.domain.events.event import BANK, Event
from chalicelib.domain.time import moment, timestamp, utc_days
from chalicelib.models import keys
from chalicelib.models.events.event_row import KEPT, SHARDS, EventRow, day_list
from chalicelib.models.paging import walk_pages

AT_ONCE = 100
LAST_BITS = (1 << 80) - 1


def walk(recipient: str, since: str, until: str, now: datetime) -> Iterator[Event]:
    """Yield a recipient's events from one timestamp to another, both included. What has expired is left out."""
    first, last = max(since, timestamp(now - KEPT)), min(until, timestamp(now + timedelta(days=1)))
    if first > last:
        return
    if recipient == BANK:
        for day in utc_days(first, last):
            shards = (_walk_list(day_list(day, shard), first, last) for shard in range(SHARDS))
            yield from heapq.merge(*shards, key=lambda event: event.id)
    else:
        yield from _walk_list(keys.customer(recipient), first, last)


def _walk_list(partition: str, first: str, last: str) -> Iterator[Event]:
    within = EventRow.sk.between(ids.id_of("evt", moment(first), 0), ids.id_of("evt", moment(last), LAST_BITS))
    for page in walk_pages(EventRow, partition, within=within, at_once=AT_ONCE):
        for item in page:
            event = EventRow.from_raw_data(item).event()
            if first <= event.timestamp <= last:
                yield event
