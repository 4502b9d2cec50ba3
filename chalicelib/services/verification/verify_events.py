"""Verifies events: each audit record that makes an event has its rows, and each row has a record that explains it.

An item's events are counted in its audit records, by the edition of the catalogue that each record names. Chains from
before there were events are not: their rows are expected from the first counted record on. Once signed digests have
named an edition, no record may be without. Rows are expected for as long as the table keeps them, less a day.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any

from chalicelib.domain.audit.record import Record
from chalicelib.domain.events.catalogue import EDITION, kinds_of, type_of, views_of
from chalicelib.domain.events.counting import next_count
from chalicelib.domain.events.event import Event
from chalicelib.domain.events.fields import Occurrence
from chalicelib.domain.time import moment, timestamp, utc_days
from chalicelib.domain.verification.checks import AuditChain, Broken, require
from chalicelib.models import keys
from chalicelib.models.audit import audit_pages
from chalicelib.models.audit.audit_record import AuditRecord
from chalicelib.models.events import event_lists
from chalicelib.models.events.event_row import KEPT, SHARDS, EventRow, day_list, raw_rows
from chalicelib.models.item import Key, RawItem

MARGIN = timedelta(days=1)
NEVER = "9999"
NOT_OF_THE_RECORD = frozenset({"wanted", "traceparent"})
"""Attributes of a row that no audit record says: who listened, and which trace the client named."""
CountRows = Callable[[str, str], int]
"""Returns how many rows all lists of events have between two timestamps, inclusive."""


@dataclass
class EventTotals:
    """How many rows records explain, how many customers' rows there are, and when the first event was made."""

    explained: int = 0
    of_customers: int = 0
    first_at: str = NEVER

    def merge(self, other: "EventTotals") -> None:
        self.explained += other.explained
        self.of_customers += other.of_customers
        self.first_at = min(self.first_at, other.first_at)


@dataclass(frozen=True)
class EventRules:
    """The moment up to which events are expected, and since when records are counted by each edition (`required_from`).

    Timestamps in UTC. `counts_customers`: the rows of each customer are counted, because no scan counts all.
    """

    cut: str
    required_from: tuple[str, ...] = ()
    counts_customers: bool = True

    def require_edition(self, where: str, record: Record) -> None:
        """Check that a record is counted by the edition that digests named at its time, or by a later one."""
        needed, edition = sum(since <= record.at for since in self.required_from), record.event_edition
        if (edition or 0) < needed and record.kind in kinds_of(needed):
            raise Broken(f"{where}: event_edition", f"{needed} or later, as signed digests say", edition)
        if (edition or 0) > EDITION:
            raise Broken(f"{where}: event_edition", f"{EDITION} or earlier, which this release knows", edition)


@dataclass
class ExpectedEvents:
    """The rows that the records of some items must have led to."""

    rules: EventRules
    counts: dict[Key, int | None] = field(default_factory=dict)
    rows: dict[Key, tuple[Event, RawItem]] = field(default_factory=dict)
    first_at: str = NEVER

    def follow(self, record: Record, state: dict[str, Any]) -> None:
        """Take the next record of an item, and its fields after it. Raises Broken."""
        before, cut = self.counts.get(record.item_key), self.rules.cut
        where = f"audit of {' '.join(record.item_key)}, version {record.version}"
        self.rules.require_edition(where, record)
        if record.event_edition is None and before is None:
            return
        edition = record.event_edition or EDITION
        is_counted = before is not None or record.kind in kinds_of(edition)
        count = next_count(record, before, edition) if is_counted else record.event_count
        require(f"{where}: event_count", count, record.event_count)
        self.counts[record.item_key] = count
        if count and type_of(record) and since(cut) <= record.at <= cut:
            for view in _views_of(where, record, state, count):
                row = EventRow.item_of(view, record.item_key, record.version)
                self.rows[EventRow.key(view.id, view.recipient)] = view, row
            self.first_at = min(self.first_at, record.at)

    def require_rows(self) -> None:
        """Check that each row is there, and is what its record says. Raises Broken, naming the first that is not."""
        found = raw_rows(self.rows)
        for key, (view, row) in self.rows.items():
            where, there = _name(view), found.get(key)
            if there is None:
                raise Broken(where, "a row", "nothing")
            for name in sorted((row.keys() | there.keys()) - NOT_OF_THE_RECORD):
                require(f"{where}: {name}", row.get(name), there.get(name))

    def add_to(self, totals: EventTotals, partition: str = "") -> None:
        """Add what was found to hold, and how many rows a customer has, if `partition` is a customer's."""
        is_counted = self.rules.counts_customers and keys.is_of_customer(partition)
        of_customer = count_of_partition(partition, self.rules.cut) if is_counted else 0
        totals.merge(EventTotals(len(self.rows), of_customer, self.first_at))


@lru_cache(maxsize=1)
def since(cut: str) -> str:
    """Return the moment from which on every row of an event is still kept."""
    return timestamp(moment(cut) - KEPT + MARGIN)


def require_no_others(
    totals: EventTotals, cut: str, customer_ids: Iterable[list[str]], count_rows: CountRows | None = None
) -> None:
    """Check that no row is there that no record explains. Raises Broken, naming the first.

    Rows are counted; only where there are too many are they looked at one by one. `count_rows` counts all at once;
    without it each day and each customer takes a query.
    """
    partitions = list(_days(totals, cut))
    if count_rows:
        found = count_rows(since(cut), cut)
    else:
        found = totals.of_customers + sum(count_of_partition(one, cut) for one in partitions)
    if found == totals.explained:
        return
    partitions += [keys.customer(one) for page in customer_ids for one in page]
    explained: dict[Key, tuple[int, ExpectedEvents]] = {}
    for partition in partitions:
        for row in event_lists.walk_between(partition, since(cut), cut):
            _require_explained(row, cut, explained)


def count_of_partition(partition: str, cut: str) -> int:
    """Return how many rows of events a partition has, up to the cut."""
    return event_lists.count_between(partition, since(cut), cut)


def _days(totals: EventTotals, cut: str) -> Iterator[str]:
    """Yield the partitions of the bank's view, from the first event on."""
    first = max(totals.first_at, since(cut))
    days = utc_days(first, cut) if first <= cut else []
    return (day_list(day, shard) for day in days for shard in range(SHARDS))


def _require_explained(row: EventRow, cut: str, explained: dict[Key, tuple[int, ExpectedEvents]]) -> None:
    """Check that an audit record explains a row. `explained` has what is known of each item, up to a version."""
    item = row.item_key
    if item not in explained or explained[item][0] < row.version:
        explained[item] = row.version, _expected_of(item, row.version, cut)
    if row.own_key not in explained[item][1].rows:
        raise Broken(_name(row.event()), "no row, for no audit record explains it", f"one in {row.own_key[0]}")


def _expected_of(item: Key, version: int, cut: str) -> ExpectedEvents:
    """Return the rows that an item's records led to, up to a version."""
    expected, chain = ExpectedEvents(EventRules(cut)), AuditChain(" ".join(item))
    for raw in audit_pages.raw_of([(item, version)]):
        record = AuditRecord.record_in(raw)
        chain.follow(record)
        expected.follow(record, chain.state)
    return expected


def _name(view: Event) -> str:
    return f"event {view.id} of {view.subject}, told to {view.recipient}"


def _views_of(where: str, record: Record, state: dict[str, Any], sequence: int) -> list[Event]:
    event_type = type_of(record)
    if event_type is None:
        return []
    try:
        return views_of(event_type, Occurrence(record, state), sequence)
    except (KeyError, ValueError, TypeError) as error:
        raise Broken(where, f"an event {event_type.name}", f"fields that make none: {error}") from error
