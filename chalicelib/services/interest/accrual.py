"""The interest that an account has earned since it was last paid, from its entries."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from fractions import Fraction
from itertools import chain, islice
from typing import TypeVar, cast

from chalicelib import clock, config
from chalicelib.domain.days import Days
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.interest import accrual, carried_fraction
from chalicelib.domain.interest.accrual import Accrual
from chalicelib.domain.product import ProductType
from chalicelib.domain.time import day, start_of, timestamp
from chalicelib.models import pauses
from chalicelib.models.accounts.account import Account
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.services.interest.terms import TermsByProduct

T = TypeVar("T")


class EntriesMissing(Unavailable):
    """The account counts entries that cannot be seen: not yet, for DynamoDB commits item by item, or not any more."""


def yesterday() -> date:
    """Return the bank's last day that is over, and so has a balance at its end."""
    return day(timestamp(clock.now()), config.timezone()) - timedelta(days=1)


def unpaid(account: Account, through: date) -> Days:
    """Return the days up to `through`, inclusive, whose interest the account as read has not received."""
    paid = account.interest_paid_through
    return accrual.unpaid(
        date.fromisoformat(paid) if paid else None,
        day(str(account.created_at), config.timezone()),
        through,
        is_closed=account.status == "closed",
    )


def accrue(account: Account, days: Days, terms: TermsByProduct) -> Accrual:
    """Return the interest of the unpaid days, with a query of entries and one of rates.

    The account was read before. For no days nothing is read. Raises EntriesMissing.
    """
    if not days.count:
        return Accrual(days, config.day_count(account.account_type), (), _fraction_carried(account))
    return _when_seen(lambda: _accrue(account, days, terms))


def daily_changes(account: Account, since: date, entries_max: int) -> tuple[int, dict[date, int]] | None:
    """Return the balance before one of the bank's days, and the sum of the entries of each day from then on.

    The account was read before. Amounts are in minor units. Returns None if there are more entries than `entries_max`.
    Raises EntriesMissing.
    """
    start = timestamp(start_of(since, config.timezone()))
    entries = _when_seen(lambda: list(islice(_entries_since(start, account), entries_max + 1)))
    if len(entries) > entries_max:
        return None
    changes = Counter[date]()
    for entry in entries:
        changes[day(entry.created_at, config.timezone())] += entry.amount
    before = entries[0].balance_after - entries[0].amount if entries else account.balance
    return before, dict(changes)


def _when_seen(read: Callable[[], T]) -> T:
    """Read entries, a few times if some cannot be seen yet. Raises EntriesMissing."""
    for _ in pauses.looks():
        with suppress(EntriesMissing):
            return read()
    raise _missing()


def _accrue(account: Account, days: Days, terms: TermsByProduct) -> Accrual:
    own_terms = terms.of(cast(ProductType, account.account_type))
    since = timestamp(start_of(days.start, own_terms.zone))
    entries = _entries_since(since, account)
    first = next(entries, None)
    return accrual.accrue(
        own_terms,
        days,
        balance=first.balance_after - first.amount if first else account.balance,
        entries=chain([first] if first else [], entries),
        carried_in=_fraction_carried(account),
    )


def _fraction_carried(account: Account) -> Fraction:
    return carried_fraction.parse(account.interest_carried or "0")


def _entries_since(since: str, account: Account) -> Iterator[LedgerEntry]:
    """Yield entries page by page, as they are needed, so that an account of any size fits in memory."""
    seq = None
    for page in LedgerEntry.pages_since(account.id, since):
        for entry in page:
            if seq is not None and entry.seq != seq + 1:
                raise _missing()
            seq = entry.seq
            yield entry
    if (account.last_entry_at or "") >= since and (seq or 0) < account.last_seq:
        raise _missing()


def _missing() -> EntriesMissing:
    return EntriesMissing("The account's entries cannot be read at the moment. Retry.", retry_after_seconds=1)
