"""The interest that an account has earned since it was last paid, from its entries."""

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from typing import TypeVar, cast

from chalicelib import clock, config
from chalicelib.domain.days import Days
from chalicelib.domain.interest import accrual, carried_fraction
from chalicelib.domain.interest.accrual import Accrual
from chalicelib.domain.product import ProductType
from chalicelib.domain.time import day, start_of, timestamp
from chalicelib.models.accounts.account import Account
from chalicelib.services.interest import past_entries
from chalicelib.services.interest.terms import TermsByProduct

T = TypeVar("T")


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


def daily_changes(account: Account, since: date, days_max: int) -> tuple[int, dict[date, int]] | None:
    """Return the balance before one of the bank's days, and the sum of the entries of each day from then on.

    The account was read before. Amounts are in minor units. Returns None for an account with more than `ENTRIES_MAX`
    entries and more than `days_max` days since then. Raises EntriesMissing.
    """
    start = timestamp(start_of(since, config.timezone()))
    if account.last_seq > past_entries.ENTRIES_MAX and (yesterday() - since).days > days_max:
        return None

    def read() -> tuple[int, dict[date, int]]:
        past, changes = past_entries.read_since(account, start), Counter[date]()
        for line in past.lines:
            changes[day(line.created_at, config.timezone())] += line.amount
        return past.balance, dict(changes)

    return past_entries.when_seen(read)


def _accrue(account: Account, days: Days, terms: TermsByProduct) -> Accrual:
    own_terms = terms.of(cast(ProductType, account.account_type))
    past = past_entries.read_since(account, timestamp(start_of(days.start, own_terms.zone)))
    return accrual.accrue(
        own_terms, days, balance=past.balance, entries=past.lines, carried_in=_fraction_carried(account)
    )


def _fraction_carried(account: Account) -> Fraction:
    return carried_fraction.parse(account.interest_carried or "0")
