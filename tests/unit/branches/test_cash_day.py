"""A branch's day is its entries and nothing else: what was there, what came and went, what is there."""

from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.branches.cash_day import COMES_IN, FLOWS, CashDay, Tally

numbers = count()


@dataclass(frozen=True)
class Line:
    type: str
    amount: int
    balance_after: int
    transaction_id: str = field(default_factory=lambda: f"txn_{next(numbers)}")


def lines(balance: int, *moves: tuple[str, int]) -> list[Line]:
    """Entries on top of a balance; −100 is cash that came in."""
    made = []
    for kind, amount in moves:
        balance += amount
        made.append(Line(kind, amount, balance))
    return made


def test_an_account_that_rests_counts_as_it_is() -> None:
    day = CashDay()
    day.rest(-500)
    assert (day.opening, day.closing, day.flows) == (500, 500, {})


def test_cash_comes_in_where_the_account_is_debited() -> None:
    day = CashDay()
    day.follow(lines(-500, ("deposit", -100), ("withdrawal", 40), ("deposit", -1)))
    day.follow(lines(0, ("vault_movement", 200), ("funding", -1000), ("vault_movement", -7), ("reversal", 1)))
    assert day.opening == 500
    assert day.flows == {
        "deposits": Tally(2, 101),
        "withdrawals": Tally(1, 40),
        "vault_in": Tally(1, 7),
        "vault_out": Tally(1, 200),
        "funding_in": Tally(1, 1000),
        "reversals_out": Tally(1, 1),
    }
    assert day.closing == 500 + 101 - 40 + 7 - 200 + 1000 - 1
    assert day.of("reversals_in") == Tally()


def test_payment_that_took_cash_from_several_accounts_is_one() -> None:
    day = CashDay()
    for balance, amount in ((-30, 30), (-50, 20)):
        day.follow([Line("withdrawal", amount, balance + amount, "txn_a")])
    day.follow([Line("withdrawal", 5, 0, "txn_b"), Line("reversal", -5, -5, "txn_a")])
    assert day.flows == {"withdrawals": Tally(2, 55), "reversals_in": Tally(1, 5)}


def test_what_moves_no_cash_is_no_guess() -> None:
    with pytest.raises(KeyError):
        CashDay().follow(lines(0, ("interest_credit", -1)))


kinds = st.sampled_from(sorted(FLOWS))
moves = st.lists(st.tuples(kinds, st.integers(1, 10**15)), min_size=1, max_size=20)


@given(st.lists(st.tuples(st.integers(-(10**15), 10**15), moves), max_size=5))
def test_closing_is_opening_and_what_moved_and_what_the_accounts_say(
    shards: list[tuple[int, list[tuple[tuple[str, bool], int]]]],
) -> None:
    day, before, after = CashDay(), 0, 0
    for balance, moved in shards:
        entries = lines(balance, *((kind, -amount if comes_in else amount) for (kind, comes_in), amount in moved))
        day.follow(entries)
        before, after = before - balance, after - entries[-1].balance_after
    assert (day.opening, day.closing) == (before, after)
    flows = sum(tally.amount * (1 if COMES_IN[flow] else -1) for flow, tally in day.flows.items())
    assert day.closing == day.opening + flows
    assert sum(tally.count for tally in day.flows.values()) == sum(len(moved) for _, moved in shards)
