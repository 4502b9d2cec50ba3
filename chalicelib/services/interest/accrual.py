"""The interest that an account has earned since it was last paid, from its entries."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from itertools import islice
from typing import cast

from chalicelib import clock, config
from chalicelib.domain.days import Days
from chalicelib.domain.interest import accrual, carried_fraction
from chalicelib.domain.interest.accrual import Accrual
from chalicelib.domain.product import ProductType
from chalicelib.domain.time import day, start_of, timestamp
from chalicelib.models.accounts.account import Account
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.services.interest import past_entries
from chalicelib.services.interest.terms import TermsByProduct


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
    """Return the interest of the unpaid days, with one or two queries of entries and one of rates.

    The account was read before. For no days nothing is read. Raises EntriesMissing.
    """
    if not days.count:
        return Accrual(days, config.day_count(account.account_type), (), _fraction_carried(account))
    return past_entries.when_seen(lambda: _accrue(account, days, terms))


def daily_changes(account: Account, since: date, entries_max: int) -> tuple[int, dict[date, int]] | None:
    """Return the balance before one of the bank's days, and the sum of the entries of each day from then on.

    The account was read before. Amounts are in minor units. Returns None if there are more entries than `entries_max`.
    They are not proven: a forecast pays nothing, and must not stop a run of orders. Raises EntriesMissing.
    """
    start = timestamp(start_of(since, config.timezone()))
    entries = past_entries.when_seen(lambda: list(islice(_entries_since(start, account), entries_max + 1)))
    if len(entries) > entries_max:
        return None
    changes = Counter[date]()
    for entry in entries:
        changes[day(entry.created_at, config.timezone())] += entry.amount
    before = entries[0].balance_after - entries[0].amount if entries else account.balance
    return before, dict(changes)


def _accrue(account: Account, days: Days, terms: TermsByProduct) -> Accrual:
    own_terms = terms.of(cast(ProductType, account.account_type))
    past = past_entries.read_since(account, timestamp(start_of(days.start, own_terms.zone)))
    return accrual.accrue(
        own_terms, days, balance=past.balance, entries=past.lines, carried_in=_fraction_carried(account)
    )


def _fraction_carried(account: Account) -> Fraction:
    return carried_fraction.parse(account.interest_carried or "0")


def _entries_since(since: str, account: Account) -> Iterator[LedgerEntry]:
    """Yield entries page by page, as they are needed, so that an account of any size fits in memory."""
    seq = None
    for page in LedgerEntry.pages_since(account.id, since):
        for entry in page:
            if seq is not None and entry.seq != seq + 1:
                raise past_entries.missing()
            seq = entry.seq
            yield entry
    if (account.last_entry_at or "") >= since and (seq or 0) < account.last_seq:
        raise past_entries.missing()
