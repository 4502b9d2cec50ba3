"""Finds the accounts that have moved since the last digest, through the list of all transactions.

So sealing costs what has changed, whatever the size of the bank. A transaction is listed under the moment at which its
posting was planned, or under that of its request while it is pending. Two kinds have their entries later: one that is
pending is remembered until it has ended, and one whose write was under way for long is found by looking back, for AWS
refuses a request that was signed five minutes ago
(docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html).
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain

from chalicelib.domain.time import moment, timestamp, utc_days
from chalicelib.models.batch import BATCH_MAX, get_all
from chalicelib.models.ledger.transaction import DAY_SHARDS, IdempotencyRecord, Transaction
from chalicelib.models.payments import transactions_by_day

LOOK_BACK = timedelta(minutes=10)
NEW_MAX = 5_000
"""New transactions taken at once from each shard of a day's list, and on average of the lists of several days, which
bounds the time that a digest needs: 7 ms of a whole CPU for each leaf, of which there may be two for each transaction
in the list's four shards."""
WORKERS = 8


@dataclass
class Unsealed:
    """`moved`: accounts, with the last entry that their transactions tell of. `until` is earlier than asked for where
    there was more to find than can be sealed at once; `pending` are transactions to look at again: those that have not
    ended, and those that were posted too lately, for nothing else will tell of them."""

    until: str
    moved: dict[str, int] = field(default_factory=dict)
    pending: list[str] = field(default_factory=list)

    def add(self, transaction: Transaction) -> None:
        is_posted = transaction.status == "posted"
        if transaction.status == "pending" or (is_posted and str(transaction.posted_at) > self.until):
            self.pending.append(transaction.id)
        elif is_posted:
            for entry in transaction.entries:
                account_id, seq = entry["account_id"], entry["seq"]
                self.moved[account_id] = max(seq, self.moved.get(account_id, 0))


def find(sealed_to: str, until: str, pending: Iterable[str]) -> Unsealed:
    """Find the transactions of a time range (timestamps in UTC), and earlier pending ones that are posted now."""
    since = timestamp(moment(sealed_to) - LOOK_BACK)
    listed, until = _listed(since, sealed_to, until)
    found = Unsealed(until)
    wanted = dict.fromkeys([*pending, *listed])
    batches = [list(wanted)[start : start + BATCH_MAX] for start in range(0, len(wanted), BATCH_MAX)]
    with ThreadPoolExecutor(WORKERS) as pool:
        # Read as it may have been a moment ago, at half the price: what is posted by now and looks pending comes next.
        for item in chain.from_iterable(pool.map(_read, batches)):
            if isinstance(item, Transaction):
                found.add(item)
            wanted.pop(item.id, None)
    found.pending = sorted([*found.pending, *wanted])
    return found


def _read(transaction_ids: list[str]) -> list[IdempotencyRecord]:
    return get_all(IdempotencyRecord, map(Transaction.key, transaction_ids), consistent=False)


def _listed(since: str, sealed_to: str, until: str) -> tuple[list[str], str]:
    """Return the ids of transactions planned in between, and up to when the list is complete."""
    rows: list[tuple[str, str]] = []
    for day in utc_days(since, until):
        for shard in range(DAY_SHARDS):
            if day <= until[:10]:
                found, until = _shard(day, shard, since, sealed_to, until)
                rows += found
        if sum(planned_at > sealed_to for planned_at, _ in rows) >= DAY_SHARDS * NEW_MAX:
            until = min(until, f"{day}T23:59:59.999999Z")
            break
    return [name for planned_at, name in rows if planned_at <= until], until


def _shard(day: str, shard: int, since: str, sealed_to: str, until: str) -> tuple[list[tuple[str, str]], str]:
    rows: list[tuple[str, str]] = []
    new = 0
    for page in transactions_by_day.walk_shard(day, shard, since, until):
        rows += page
        new += sum(planned_at > sealed_to for planned_at, _ in page)
        if new >= NEW_MAX:
            return rows, min(until, rows[-1][0])
    return rows, until
