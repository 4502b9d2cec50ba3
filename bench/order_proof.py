"""That every order is paid once after runs of orders, and that the bank is whole."""

from collections.abc import Sequence
from datetime import timedelta

from bench import proof
from bench.order_book import AMOUNT_MINOR, TELLERS
from bench.proof import Wrong
from bench.scheduled_run import Period
from chalicelib import clock
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.services.orders.run import RUNS
from chalicelib.services.verification.verify import verify_bank


def prove(orders: int, periods: Sequence[Period], *, is_whole: bool) -> str:
    """Return how it was proven, after the runs of these days. Raises Wrong where something is not as they say."""
    clock.set_clock(lambda: periods[-1].run_at + timedelta(hours=6))
    try:
        for period in periods:
            _require_paid(orders, period)
        _require_sums(orders, len(periods))
        if is_whole:
            proof.require(verify_bank(lambda _: None))
        return "whole" if is_whole else "sums"
    finally:
        clock.set_clock(None)


def _require_paid(orders: int, period: Period) -> None:
    tally = RUNS.get(period.name).tally
    if (tally.posted, tally.accounts, tally.totals.total()) != (orders, orders, orders * AMOUNT_MINOR):
        raise Wrong(f"{period.name}: {tally}")


def _require_sums(orders: int, times: int) -> None:
    """Balances sum to zero. Customers' accounts have an entry of their opening and for each side of each payment."""
    balance, entries = 0, 0
    for account in proof.walk_accounts():
        balance += account.balance
        if not is_general_ledger(account.id):
            entries += account.last_seq
    if balance or entries != orders + TELLERS + 2 * orders * times:
        raise Wrong(f"balances sum to {balance}, customers' accounts have {entries} entries of {orders} orders")
