"""That a bank is whole after a run: its sums, and what `make verify` proves."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice

from bench.scheduled_run import Period
from bench.stub import use_batch_timeouts
from chalicelib import aws, clock
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.domain.month import Month
from chalicelib.models import connection
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import BATCH_MAX, batch_get
from chalicelib.models.everything import partitions
from chalicelib.services.interest.run import RUNS
from chalicelib.services.verification.verify import Verdict, verify_account, verify_bank

WHOLE_MAX = 2_000
"""Accounts of a bank that is proven account by account; of a larger one all sums, and a sample."""
SAMPLE = 300


class Wrong(Exception):
    """A run has not done what it says."""


def forget() -> None:
    """This process has a new bank before it, however large."""
    use_batch_timeouts()
    connection.forget()
    aws.client.cache_clear()


def prove(accounts: int, periods: Sequence[Period]) -> str:
    """How it was proven, after the runs of these periods. Raises Wrong where something is not as they say."""
    clock.set_clock(lambda: periods[-1].run_at + timedelta(hours=6))
    try:
        _require_sums(accounts, periods)
        if accounts <= WHOLE_MAX:
            require(verify_bank(lambda _: None))
            return "whole"
        for account_id in sample(accounts):
            require(verify_account(account_id))
        return f"sums, {SAMPLE} accounts"
    finally:
        clock.set_clock(None)


def _require_sums(accounts: int, periods: Sequence[Period]) -> None:
    """Nobody is left out, balances sum to zero, and what the runs say they paid is what the ledger says."""
    credited: Counter[str] = Counter()
    for period in periods:
        tally = RUNS.get(period.name).tally
        if tally.failed or tally.accounts != accounts:
            raise Wrong(f"{period.name}: {tally}")
        credited += tally.totals
    paid_through = Month.parse(periods[-1].name).last.isoformat()
    total, expense = 0, 0
    for account in walk_accounts():
        total += account.balance
        if account.id.startswith(general_ledger.interest_expense(account.currency)):
            expense += account.balance
        if not is_general_ledger(account.id) and account.interest_paid_through != paid_through:
            raise Wrong(f"{account.id} is paid through {account.interest_paid_through}")
    if total or -expense != credited.total():
        raise Wrong(f"balances sum to {total}, interest expense to {expense}, credits to {credited}")


def walk_accounts() -> Iterator[Account]:
    """Yield every account of the bank, those of the general ledger too."""
    names = partitions.account_ids()
    while page := list(islice(names, BATCH_MAX)):
        yield from (item for item in batch_get(map(Account.key, page)) if isinstance(item, Account))


def sample(accounts: int) -> Iterator[str]:
    """Yield the ids of some customers' accounts, equally far apart."""
    customers = (account_id for account_id in partitions.account_ids() if not is_general_ledger(account_id))
    return islice(customers, 0, None, max(1, accounts // SAMPLE))


def require(verdict: Verdict) -> None:
    """Raise Wrong unless a verdict is that all is well."""
    if verdict.broken:
        raise Wrong(str(verdict.broken))
