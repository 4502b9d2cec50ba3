"""A branch's day: what its cash did, from the entries that say so, and what became of its accounts."""

import time
from collections import defaultdict
from dataclasses import dataclass

from chalicelib import config
from chalicelib.domain.branches.cash_day import CashDay
from chalicelib.domain.errors import Unavailable
from chalicelib.models.accounts.account import Account
from chalicelib.models.branches import account_counts
from chalicelib.models.branches.account_counts import CHANGES, BranchAccounts
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.services import date_ranges
from chalicelib.services.branches import branches, vault_movements

REQUEST_SECONDS_MAX = 20


@dataclass
class AccountsDay:
    """The changes of a branch's accounts of one currency on a day, and how many were `open` at its end."""

    opened: int = 0
    closed: int = 0
    moved_in: int = 0
    moved_out: int = 0
    open: int = 0

    def follow(self, counted: BranchAccounts, *, is_today: bool) -> None:
        self.open += counted.more
        if is_today:
            for name in CHANGES:
                setattr(self, name, getattr(self, name) + getattr(counted, name))


@dataclass(frozen=True)
class Report:
    """`cash` and `accounts` by currency: each that the branch has ever had, and the bank's usual one."""

    branch_id: str
    date: str
    cash: dict[str, CashDay]
    accounts: dict[str, AccountsDay]


def of_day(branch_id: str, asked: str | None) -> Report:
    """Return a branch's report of one of the bank's days (YYYY-MM-DD), by default today's so far.

    Reads all accounts of its cash at once, one query per page of entries of those that have moved since the day began,
    and one per megabyte of counts of its accounts. Raises NotFound, ValidationFailed for a future day, and Unavailable
    if the time of a request is not enough.
    """
    branches.get(branch_id)
    on = date_ranges.day_until_today("date", asked).isoformat()
    since, until = date_ranges.parse(on, on)
    deadline = time.monotonic() + REQUEST_SECONDS_MAX
    cash: dict[str, CashDay] = defaultdict(CashDay, {config.default_currency(): CashDay()})
    for shard in vault_movements.shards_of(branch_id):
        _count(shard, cash[shard.currency], since, until, deadline)
    accounts: dict[str, AccountsDay] = defaultdict(AccountsDay)
    for counted in account_counts.until(branch_id, on):
        accounts[counted.currency].follow(counted, is_today=counted.day == on)
    currencies = sorted(cash.keys() | accounts.keys())
    return Report(
        branch_id, on, {name: cash[name] for name in currencies}, {name: accounts[name] for name in currencies}
    )


def _count(shard: Account, cash: CashDay, since: str, until: str, deadline: float) -> None:
    if str(shard.last_entry_at) < since:
        return cash.rest(shard.balance)
    pages = LedgerEntry.pages_between(shard.id, since, until)
    entries = [entry for page in pages for entry in _in_time(page, deadline)]
    return cash.follow(entries) if entries else cash.rest(_balance_before(shard, since))


def _in_time(page: list[LedgerEntry], deadline: float) -> list[LedgerEntry]:
    if time.monotonic() > deadline:
        raise Unavailable("This branch has too many entries on that day for one request.")
    return page


def _balance_before(shard: Account, since: str) -> int:
    """Return the balance, before the day, of an account that has moved later but not on the day."""
    last = LedgerEntry.last_before(shard.id, since)
    return int(last.balance_after) if last else 0
