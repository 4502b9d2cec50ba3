"""Payments that wait: held, then settled or released. A settlement asks everything that a post asks."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import (
    AccountClosed,
    AccountFrozen,
    CurrencyMismatch,
    InsufficientFunds,
    LimitExceeded,
    Refusal,
)
from chalicelib.domain.ledger import posting
from chalicelib.domain.ledger.balance import Position, Status
from chalicelib.domain.ledger.limits import Limits
from chalicelib.domain.ledger.posting import Held, Posting
from tests.unit.ledger.decisions import AT, DAY, positions, posted, transfer


def test_a_hold_sets_aside_and_moves_nothing() -> None:
    result = posted(posting.hold(transfer(60), positions(a=100, b=0), AT, DAY))
    assert result.entries == ()
    assert result.holds == (Held("a", 60, DAY),)
    assert (result.positions[0].balance, result.positions[0].held, result.positions[0].available) == (100, 60, 40)


def test_settling_pays_what_was_held_and_leaves_it_counted() -> None:
    limits = Limits(100, 100)
    held = posted(posting.hold(transfer(60, limits), positions(a=100, b=0), AT, DAY))
    books = positions(b=0) | {"a": held.positions[0]}
    assert books["a"].spending_on(DAY) == 60
    settled = posted(posting.settle(transfer(60), {"a": held.holds[0]}, books, AT))
    assert (settled.positions[0].balance, settled.positions[0].held) == (40, 0)
    assert settled.positions[0].spending_on(DAY) == 60
    assert [(entry.account_id, entry.amount) for entry in settled.entries] == [("a", -60), ("b", 60)]


def test_release_gives_everything_back_even_on_a_frozen_account() -> None:
    held = posted(posting.hold(transfer(60), positions(a=100, b=0), AT, DAY))
    frozen = replace(held.positions[0], status="frozen")
    released = posting.release({"a": held.holds[0]}, {"a": frozen}, AT)
    assert (released.positions[0].held, released.positions[0].balance) == (0, 100)
    assert released.positions[0].ledger_version == frozen.ledger_version + 1
    assert isinstance(
        posting.settle(transfer(60), {"a": held.holds[0]}, positions(b=0) | {"a": frozen}, AT), AccountFrozen
    )


def settled(
    payer: Position, limits: Limits | None = None, amount: int = 60, counted_on: str = DAY
) -> Posting | Refusal:
    """Settle a transfer from a, which holds it, on the terms of this moment."""
    movement = transfer(amount, limits)
    return posting.settle(movement, {"a": Held("a", amount, counted_on)}, positions(b=0) | {"a": payer}, AT)


def test_settlement_without_the_money_is_refused() -> None:
    """The deposit that it was held on has been taken back."""
    assert isinstance(settled(Position("a", "USD", balance=59, held=60)), InsufficientFunds)
    after = posted(settled(Position("a", "USD", balance=60, held=60))).positions[0]
    assert (after.balance, after.held) == (0, 0)


def test_settlement_counts_other_holds_and_the_overdraft_of_this_moment() -> None:
    assert isinstance(settled(Position("a", "USD", balance=90, held=91)), InsufficientFunds)
    posted(settled(Position("a", "USD", balance=91, held=91)))
    posted(settled(Position("a", "USD", balance=0, held=60, overdraft_limit=60)))
    assert isinstance(settled(Position("a", "USD", balance=0, held=60, overdraft_limit=59)), InsufficientFunds)


def test_settlement_asks_the_limit_of_one_transaction_of_this_moment() -> None:
    payer = Position("a", "USD", balance=100, held=60, spent_on=DAY, spent=60)
    assert isinstance(settled(payer, Limits(59, 1000)), LimitExceeded)
    posted(settled(payer, Limits(60, 1000)))


def test_settlement_counts_itself_once_against_the_limit_of_its_day() -> None:
    payer = Position("a", "USD", balance=100, held=60, spent_on=DAY, spent=90)
    assert posted(settled(payer, Limits(60, 90))).positions[0].spent == 90
    assert isinstance(settled(payer, Limits(60, 89)), LimitExceeded)


def test_settlement_on_a_later_day_is_asked_against_the_day_on_which_it_was_counted() -> None:
    payer = Position("a", "USD", balance=100, held=60, spent_on="2026-11-22", spent=70)
    after = posted(settled(payer, Limits(60, 70))).positions[0]
    assert (after.spent_on, after.spent) == ("2026-11-22", 70)
    posted(settled(payer, Limits(60, 60)))
    assert isinstance(settled(payer, Limits(60, 59)), LimitExceeded)


def test_settlement_asks_currency_and_the_status_of_both_sides() -> None:
    payer = Position("a", "USD", balance=100, held=60)
    held = {"a": Held("a", 60, DAY)}
    with pytest.raises(CurrencyMismatch):
        posting.settle(transfer(60), held, {"a": payer, "b": Position("b", "EUR")}, AT)
    closed = {"a": payer, "b": Position("b", "USD", "closed")}
    assert isinstance(posting.settle(transfer(60), held, closed, AT), AccountClosed)


@given(
    st.integers(0, 200), st.integers(0, 200), st.integers(0, 100), st.integers(1, 100), st.integers(0, 200),
    st.sampled_from(["active", "frozen", "closed"]), st.integers(1, 200), st.integers(1, 200),
)  # fmt: skip
def test_whatever_a_post_would_refuse_a_settlement_refuses(
    balance: int, others: int, overdraft: int, amount: int, spent: int, status: Status, most: int, daily: int
) -> None:
    """And nothing else: a settlement is a post on an account that has just been given back what the hold took."""
    limits, day_of = Limits(most, daily), positions(b=0)
    bare = Position(
        "a", "USD", status, balance=balance, held=others, overdraft_limit=overdraft, spent_on=DAY, spent=spent
    )
    holding = replace(bare, held=others + amount, spent=spent + amount)
    at_once = posting.post(transfer(amount, limits), day_of | {"a": bare}, AT, DAY)
    later = settled(holding, limits, amount)
    if isinstance(at_once, Posting):
        assert later == at_once
    else:
        assert (type(later), str(later)) == (type(at_once), str(at_once))


def test_release_of_yesterdays_hold_leaves_todays_counter() -> None:
    """Else 1,800 could leave on one day under a limit of 1,000."""
    today, limits = "2026-11-22", Limits(1000, 1000)
    held = posted(posting.hold(transfer(800, limits), positions(a=5000, b=0), AT, DAY))
    books = positions(b=0) | {"a": held.positions[0]}
    spent = posted(posting.post(transfer(1000, limits), books, AT, today))
    books["a"] = posting.release({"a": held.holds[0]}, {"a": spent.positions[0]}, AT).positions[0]
    assert (books["a"].held, books["a"].spent_on, books["a"].spent) == (0, today, 1000)
    assert isinstance(posting.post(transfer(1, limits), books, AT, today), LimitExceeded)


def test_settlement_of_yesterdays_hold_leaves_todays_counter() -> None:
    today = "2026-11-22"
    held = posted(posting.hold(transfer(800), positions(a=5000, b=0), AT, DAY)).holds[0]
    payer = Position("a", "USD", balance=5000, held=800, spent_on=today, spent=300)
    settled = posted(posting.settle(transfer(800), {"a": held}, positions(b=0) | {"a": payer}, AT))
    assert (settled.positions[0].held, settled.positions[0].spent_on, settled.positions[0].spent) == (0, today, 300)


def test_release_on_the_same_day_gives_back_all_of_the_counter() -> None:
    held = posted(posting.hold(transfer(800, Limits(1000, 1000)), positions(a=5000, b=0), AT, DAY))
    released = posting.release({"a": held.holds[0]}, {"a": held.positions[0]}, AT)
    assert (released.positions[0].spent_on, released.positions[0].spent) == (DAY, 0)


def test_hold_moves_the_ledger_version_and_counts_against_the_day() -> None:
    account = posted(posting.hold(transfer(60), positions(a=100, b=0), AT, DAY)).positions[0]
    assert (account.ledger_version, account.spent_on, account.spent) == (1, DAY, 60)


def test_hold_beyond_the_funds_is_refused() -> None:
    assert isinstance(posting.hold(transfer(101), positions(a=100, b=0), AT, DAY), InsufficientFunds)


def test_entries_of_a_settlement_say_all_that_happened() -> None:
    held = posted(posting.hold(transfer(30), positions(a=100, b=7), AT, DAY))
    books = positions(b=7) | {"a": held.positions[0]}
    paying, receiving = posted(posting.settle(transfer(30), {"a": held.holds[0]}, books, AT)).entries
    assert (paying.account_id, paying.transaction_id, paying.type, paying.amount) == ("a", "txn_1", "transfer", -30)
    assert (receiving.account_id, receiving.balance_after, receiving.seq) == ("b", 37, 1)
