"""The state of the bank's queues and lists at a moment, as one item of `reports`: reading it takes one read.

A function takes it every few minutes. Counts end at COUNTED_MAX, so that a flood cannot stop it.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, get_args

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.domain.audit.stream_change import record_key
from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.clearing.states import State
from chalicelib.domain.time import timestamp
from chalicelib.models.approvals.approval import approval_list
from chalicelib.models.attributes import CompactJSONAttribute
from chalicelib.models.audit.audit_pages import find_all
from chalicelib.models.batch import BATCH_MAX, batch_get, batch_get_raw
from chalicelib.models.clearing.payment import LIST_SHARDS, list_of
from chalicelib.models.everything.set_aside import KINDS, Consumer, partition_of
from chalicelib.models.item import BankItem, Item, Key, RawItem, key_of
from chalicelib.models.ledger.hold import ALL_HOLDS, Hold
from chalicelib.models.ledger.transaction import DAY_SHARDS, Transaction, day_list
from chalicelib.models.paging import walk_pages
from chalicelib.models.reports import ended_transactions
from chalicelib.models.reports.generations import FIRST, Generations, ReportItem
from chalicelib.models.webhooks.delivery import Delivery, all_due_lists

COUNTED_MAX = 5_000
PROBES = tuple(timedelta(seconds=seconds) for seconds in (15, 60, 300, 1800, 7200, 6 * 3600))
"""Ages of the transactions that show how far a consumer of the stream is behind."""


class ListedPayment(NamedTuple):
    """A payment to another bank in a list of its state: its key, and since when or from when it is due (UTC)."""

    key: Key
    due_at: str


class Gauges(ReportItem):
    """The figures found at `taken_at` (UTC): counts, amounts in minor units, and moments."""

    taken_at = UnicodeAttribute()
    figures = CompactJSONAttribute()

    KEY = ("GAUGES", "GAUGES")

    @classmethod
    def store(cls, figures: dict[str, Any], now: datetime) -> None:
        """Replace the item."""
        cls(*cls.KEY, taken_at=timestamp(now), figures=figures).save()


def read_with_generation(day: date) -> tuple[int, Gauges | None, dict[str, int]]:
    """Return the generation of report totals that is read, the gauges if they were ever taken, and the counts of the
    transactions of a day that ended without being posted: in one BatchGet."""
    wanted = (Gauges.KEY, Generations.KEY, ended_transactions.day_key(day))
    found = {key_of(item): item for item in batch_get_raw("reports", wanted, consistent=False)}
    stored, taken = found.get(Generations.KEY), found.get(Gauges.KEY)
    generation = Generations.from_raw_data(stored).current if stored else FIRST
    ended = ended_transactions.counts_in(found.get(ended_transactions.day_key(day)))
    return generation, Gauges.from_raw_data(taken) if taken else None, ended


def waiting_holds() -> Iterator[tuple[Hold, Transaction | None]]:
    """Yield the active holds with their transactions, at most COUNTED_MAX."""
    for keys in _batches(_keys_in(BankItem, ALL_HOLDS, "gsi1"), BATCH_MAX // 2):
        holds = [one for one in batch_get(keys, consistent=False) if isinstance(one, Hold)]
        wanted = {Transaction.key(hold.transaction_id) for hold in holds}
        found = {one.id: one for one in batch_get(wanted, consistent=False) if isinstance(one, Transaction)}
        yield from ((hold, found.get(hold.transaction_id)) for hold in holds if hold.status == "active")


def approval_moments() -> list[str]:
    """Return when each approval that waits for a decision was requested, the oldest first."""
    return [row["gsi1sk"]["S"] for row in _rows_in(BankItem, approval_list("requested"), "gsi1")]


def payments_by_rail(state: State) -> dict[str, list[ListedPayment]]:
    """Return the payments to other banks that are in a state."""
    places = {rail: [list_of(state, rail, shard) for shard in range(LIST_SHARDS)] for rail in get_args(Rail)}
    return {
        rail: [
            ListedPayment(key_of(row), row["gsi1sk"]["S"])
            for place in lists
            for row in _rows_in(BankItem, place, "gsi1")
        ]
        for rail, lists in places.items()
    }


def pending_deliveries() -> Iterator[Delivery]:
    """Yield the deliveries of events that have not ended, at most COUNTED_MAX of each partition."""
    for place in all_due_lists():
        for keys in _batches(_keys_in(Delivery, place, "gsi2"), BATCH_MAX):
            yield from (one for one in Delivery.all_at(keys) if one.status == "pending")


def set_aside_counts() -> dict[Consumer, int]:
    """Return how many records of the stream each consumer has set aside."""
    return {consumer: len(_rows_in(kind, partition_of(consumer), None)) for consumer, kind in KINDS.items()}


def probe_moments(now: datetime) -> dict[str, str]:
    """Return transactions of several ages that are not older than this UTC day: their ids, and when each was listed."""
    found: dict[str, str] = {}
    for place in (day_list(timestamp(now)[:10], shard) for shard in range(DAY_SHARDS)):
        for age in PROBES:
            row = _last_before(place, timestamp(now - age))
            if row is not None:
                found[row["pk"]["S"].partition("#")[2]] = row["gsi1sk"]["S"]
    return found


def first_transaction_after(at: str, now: datetime) -> str | None:
    """Return when the first transaction was listed after a moment (UTC), of the last two UTC days; None: none was."""
    days = {timestamp(day)[:10] for day in (now - timedelta(days=1), now) if timestamp(day)[:10] >= at[:10]}
    found: list[str] = []
    for place in (day_list(day, shard) for day in days for shard in range(DAY_SHARDS)):
        answer = BankItem.query_once(
            place, index_name="gsi1", range_key_condition=BankItem.gsi1sk > at, limit=1, scan_index_forward=True
        )
        found += [row["gsi1sk"]["S"] for row in answer["Items"]]
    return min(found, default=None)


def read_probes(ids: Iterable[str]) -> list[Transaction]:
    """Read the transactions of probes, eventually consistent."""
    found = batch_get(map(Transaction.key, ids), consistent=False)
    return [one for one in found if isinstance(one, Transaction)]


def find_unaudited(probed: Iterable[Transaction]) -> set[str]:
    """Return which of these versions of transactions have no record in the audit yet."""
    wanted = {record_key(one.own_key, one.version): one.id for one in probed}
    return set(wanted.values()) - {wanted[key] for key in find_all(wanted)}


def _last_before(place: str, at: str) -> RawItem | None:
    answer = BankItem.query_once(
        place, index_name="gsi1", range_key_condition=BankItem.gsi1sk <= at, limit=1, scan_index_forward=False
    )
    return answer["Items"][0] if answer["Items"] else None


def _rows_in(model: type[Item], place: str, index: str | None, within: Condition | None = None) -> list[RawItem]:
    found: list[RawItem] = []
    for page in walk_pages(model, place, index=index, within=within):
        found += page
        if len(found) >= COUNTED_MAX:
            break
    return found[:COUNTED_MAX]


def _keys_in(model: type[Item], place: str, index: str) -> list[Key]:
    return [key_of(row) for row in _rows_in(model, place, index)]


def _batches(keys: list[Key], size: int) -> Iterator[list[Key]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
