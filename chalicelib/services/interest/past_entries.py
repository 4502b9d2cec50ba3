"""Reads what moved an account since a day, and proves it against the account's chain.

The balance before those entries is taken from the entry before them, which the first one must follow. Of an account
with many entries only the last one of each day is read, with the one that follows it: interest is earned by the
balances at the ends of days.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from chalicelib import clock, config
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.interest.accrual import Line
from chalicelib.domain.ledger.hash_chain import GENESIS
from chalicelib.domain.time import day, moment, start_of, timestamp
from chalicelib.models import pauses
from chalicelib.models.accounts.account import Account
from chalicelib.models.ledger.entry import LedgerEntry

T = TypeVar("T")
ENTRIES_MAX, ENTRIES_A_DAY_MAX = 2_000, 100
"""Of an account with more of both, the ends of days are read: two reads of one entry cost less than a page of 500."""


class EntriesMissing(Unavailable):
    """The account counts entries that cannot be seen: not yet, for DynamoDB commits item by item, or not any more."""


class EntriesBroken(EntriesMissing):
    """The account's entries do not follow from each other: the balance of a day cannot be proven."""


@dataclass(frozen=True)
class Closing:
    """The sum of a day's entries, dated by its last one. In minor units."""

    amount: int
    balance_after: int
    created_at: str


@dataclass(frozen=True)
class PastEntries:
    """`balance` is the one before `lines`, which are in order of time, and read once. In minor units."""

    balance: int
    lines: Iterable[Line]


def when_seen(read: Callable[[], T]) -> T:
    """Read entries, a few times if some cannot be seen yet. Raises EntriesMissing."""
    found: EntriesMissing = missing()
    for _ in pauses.looks():
        try:
            return read()
        except EntriesMissing as error:
            found = error
    raise found


def read_since(account: Account, since: str) -> PastEntries:
    """Read what moved an account at a moment and later. The account was read before. Raises EntriesMissing.

    One query for an account that has not moved since, two for others with up to 500 entries, and two for each day of
    a busy one.
    """
    if (account.last_entry_at or "") < since:
        last = LedgerEntry.last_of(account.id)
        if last is None or last.created_at < since:
            _require_head(account, last)
            return PastEntries(account.balance, ())
    before = LedgerEntry.last_before(account.id, since) if str(account.created_at) < since else None
    count, days = account.last_seq - (before.seq if before else 0), (clock.now() - moment(since)).days + 1
    is_busy = count > max(ENTRIES_MAX, ENTRIES_A_DAY_MAX * days)
    lines: Iterable[Line] = _by_day(account, since) if is_busy else _entries(account, since, before)
    return PastEntries(before.balance_after if before else 0, lines)


def _entries(account: Account, since: str, before: LedgerEntry | None) -> Iterator[LedgerEntry]:
    """Yield entries page by page, as they are needed, so that an account of any size fits in memory."""
    for page in LedgerEntry.pages_since(account.id, since):
        for entry in page:
            _require_follows(account, before, entry)
            before = entry
            yield entry
    if (before.seq if before else 0) < account.last_seq:
        raise missing()


def _by_day(account: Account, since: str) -> Iterator[Closing]:
    """Yield what each day has moved: each end of a day is the balance from which the next entry follows."""
    zone, found = config.timezone(), list[Closing]()
    last = LedgerEntry.last_of(account.id)
    if last is None or last.seq < account.last_seq:
        raise missing()
    while last is not None and last.created_at >= since:
        begun = max(timestamp(start_of(day(last.created_at, zone), zone)), since)
        before = LedgerEntry.last_before(account.id, begun)
        first = LedgerEntry.first_since(account.id, begun)
        if first is None:
            raise missing()
        _require_follows(account, before, first)
        amount = last.balance_after - (before.balance_after if before else 0)
        found.append(Closing(amount, last.balance_after, last.created_at))
        last = before
    yield from reversed(found)


def _require_follows(account: Account, before: LedgerEntry | None, entry: LedgerEntry) -> None:
    """Check that an entry follows the one before it. Raises EntriesMissing if one between them cannot be seen."""
    seq, balance, previous = (before.seq, before.balance_after, before.hash) if before else (0, 0, GENESIS)
    if entry.seq > seq + 1:
        raise missing()
    if (entry.seq, entry.balance_after - entry.amount, entry.prev_hash) != (seq + 1, balance, previous):
        raise _broken(account, f"entry {entry.seq}")


def _require_head(account: Account, last: LedgerEntry | None) -> None:
    """Check that an account stands where its last entry has left it."""
    seq, balance, head = (last.seq, last.balance_after, last.hash) if last else (0, 0, GENESIS)
    if seq < account.last_seq:
        raise missing()
    if (account.last_seq, account.balance, account.last_hash) != (seq, balance, head):
        raise _broken(account, "the account")


def missing() -> EntriesMissing:
    """Return the error of entries that cannot be seen."""
    return EntriesMissing("The account's entries cannot be read at the moment. Retry.", retry_after_seconds=1)


def _broken(account: Account, what: str) -> EntriesBroken:
    detail = f"The entries of account {account.id} do not lead to {what}. Nothing was credited: verify the account."
    return EntriesBroken(detail, retry_after_seconds=60)
