"""What a transaction does to the accounts it touches, decided without a database."""

from dataclasses import replace
from typing import get_args

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
    SameAccount,
)
from chalicelib.domain.ledger import posting
from chalicelib.domain.ledger.balance import Position, Status
from chalicelib.domain.ledger.entry import Entry
from chalicelib.domain.ledger.hash_chain import GENESIS, entry_hash
from chalicelib.domain.ledger.limits import Limits
from chalicelib.domain.ledger.posting import Held, Leg, Movement, Posting
from tests.unit.ledger.decisions import AT, CASH, DAY, positions, posted, transfer


def test_a_posting_moves_both_sides_and_chains_their_entries() -> None:
    result = posted(posting.post(transfer(30), positions(a=100, b=0), AT, DAY))
    paying, receiving = result.entries
    assert (paying.amount, paying.balance_after, receiving.amount, receiving.balance_after) == (-30, 70, 30, 30)
    assert paying.prev_hash == GENESIS
    assert paying.hash == entry_hash(paying)
    assert [position.ledger_version for position in result.positions] == [1, 1]
    assert result.positions[0].last_hash == paying.hash


def test_a_branch_gives_no_more_than_it_has_whatever_one_account_of_it_says() -> None:
    vault = "gl.cash.brn_1.USD.vault"
    known = {name: Position(name, "USD", balance=0) for name in (CASH, vault)}
    movement = Movement("txn_1", "vault_movement", "USD", (Leg(vault, 30), Leg(CASH, -30)), funds=30)
    assert posted(posting.post(movement, known, AT, DAY)).positions[0].balance == 30
    poor = replace(movement, funds=29)
    assert isinstance(posting.post(poor, known, AT, DAY), InsufficientFunds)
    assert posted(posting.post(replace(poor, allow_overdrawn=True), known, AT, DAY)).entries


@pytest.mark.parametrize(
    "legs",
    [
        (Leg("a", -1), Leg("b", 2)),
        (Leg("a", 0), Leg("b", 0)),
        (Leg("a", 5),),
    ],
)
def test_legs_that_are_no_movement_are_a_bug(legs: tuple[Leg, ...]) -> None:
    with pytest.raises(ValueError, match="legs"):
        Movement("txn_1", "transfer", "USD", legs)


def test_both_sides_may_not_be_the_same_account() -> None:
    with pytest.raises(SameAccount):
        Movement("txn_1", "transfer", "USD", (Leg("a", -1), Leg("a", 1)))


def test_a_float_never_reaches_the_ledger() -> None:
    with pytest.raises(TypeError):
        Movement("txn_1", "transfer", "USD", (Leg("a", -1.0), Leg("b", 1.0)))  # type: ignore[arg-type]


def test_available_counts_holds_and_overdraft() -> None:
    account = Position("a", "USD", balance=100, held=30, overdraft_limit=50)
    books = positions(b=0) | {"a": account}
    assert account.available == 120
    assert isinstance(posting.post(transfer(121), books, AT, DAY), InsufficientFunds)
    assert posted(posting.post(transfer(120), books, AT, DAY)).positions[0].balance == -20


@pytest.mark.parametrize(
    ("payer", "payee", "refusal"),
    [("frozen", "active", AccountFrozen), ("closed", "active", AccountClosed), ("active", "closed", AccountClosed)],
)
def test_status_decides(payer: Status, payee: Status, refusal: type[Refusal]) -> None:
    books = {"a": Position("a", "USD", payer, balance=100), "b": Position("b", "USD", payee)}
    assert isinstance(posting.post(transfer(1), books, AT, DAY), refusal)


def test_a_frozen_account_receives() -> None:
    books = {"a": Position("a", "USD", balance=100), "b": Position("b", "USD", "frozen")}
    posted(posting.post(transfer(1), books, AT, DAY))


def test_currencies_do_not_mix() -> None:
    with pytest.raises(CurrencyMismatch):
        posting.post(transfer(1), {"a": Position("a", "USD", balance=5), "b": Position("b", "EUR")}, AT, DAY)


def test_the_days_limit_counts_what_left_that_day() -> None:
    limits = Limits(transaction=100, daily=150)
    books = positions(a=1000, b=0)
    first = posted(posting.post(transfer(100, limits), books, AT, DAY))
    books = {position.account_id: position for position in first.positions}
    assert isinstance(posting.post(transfer(51, limits), books, AT, DAY), LimitExceeded)
    posted(posting.post(transfer(50, limits), books, AT, DAY))
    posted(posting.post(transfer(100, limits), books, "2026-11-22T00:00:00.000000Z", "2026-11-22"))
    assert isinstance(posting.post(transfer(101, limits), books, AT, DAY), LimitExceeded)


def test_the_banks_own_accounts_have_no_floor() -> None:
    deposit = Movement("txn_1", "deposit", "USD", (Leg("a", 10**15), Leg(CASH, -(10**15))))
    assert posted(posting.post(deposit, positions(a=0), AT, DAY)).positions[1].balance == -(10**15)


def test_a_reversal_is_the_opposite_and_is_bound_by_funds_unless_allowed() -> None:
    back = transfer(40).reverse("txn_2", allow_overdrawn=False)
    assert isinstance(posting.post(back, positions(a=0, b=39), AT, DAY), InsufficientFunds)
    allowed = transfer(40).reverse("txn_2", allow_overdrawn=True)
    assert posted(posting.post(allowed, positions(a=0, b=39), AT, DAY)).positions[1].balance == -1


def test_a_reversal_on_the_same_day_gives_back_its_share_of_the_limit() -> None:
    limits = Limits(100, 100)
    paid = posted(posting.post(transfer(60, limits), positions(a=200, b=0), AT, DAY)).positions
    books = positions() | {position.account_id: position for position in paid}
    assert isinstance(posting.post(transfer(60, limits), books, AT, DAY), LimitExceeded)
    back = transfer(60).reverse("txn_2", allow_overdrawn=False, counted=(Held("a", 60, DAY),))
    books |= {one.account_id: one for one in posted(posting.post(back, books, AT, DAY)).positions}
    assert (books["a"].balance, books["a"].spending_on(DAY), books["b"].spent_on) == (200, 0, "")
    posted(posting.post(transfer(100, limits), books, AT, DAY))


def test_a_reversal_of_yesterdays_payment_leaves_todays_counter() -> None:
    payer = Position("a", "USD", balance=5, spent_on="2026-11-22", spent=70)
    back = transfer(60).reverse("txn_2", allow_overdrawn=False, counted=(Held("a", 60, DAY),))
    after = posted(posting.post(back, positions(b=60) | {"a": payer}, AT, "2026-11-22")).positions
    assert [(one.spent_on, one.spent) for one in after if one.account_id == "a"] == [("2026-11-22", 70)]


def test_a_reversal_that_is_refused_gives_nothing_back() -> None:
    back = transfer(60).reverse("txn_2", allow_overdrawn=False, counted=(Held("a", 60, DAY),))
    assert isinstance(posting.post(back, positions(a=0, b=59), AT, DAY), InsufficientFunds)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 200)), max_size=30))
def test_whatever_happens_the_books_sum_to_zero_and_nobody_falls_below_the_floor(steps: list[tuple[str, int]]) -> None:
    books = positions(a=0, b=0)
    for number, (name, amount) in enumerate(steps):
        legs = (Leg(name, amount if number % 3 else -amount), Leg(CASH, -amount if number % 3 else amount))
        decision = posting.post(Movement(f"txn_{number}", "deposit", "USD", legs), books, AT, DAY)
        if isinstance(decision, Posting):
            books |= {position.account_id: position for position in decision.positions}
        assert sum(position.balance for position in books.values()) == 0
        assert min(books["a"].balance, books["b"].balance) >= 0


def test_day_of_the_counter_never_runs_backwards() -> None:
    """Else two workers whose clocks differ at midnight would reset each other's count, and 2,000 could leave a day."""
    tomorrow, limits = "2026-11-22", Limits(1000, 1000)
    books = positions(a=5000, b=0)
    ahead = posted(posting.hold(transfer(600, limits), books, AT, tomorrow))
    books["a"] = ahead.positions[0]
    assert isinstance(posting.post(transfer(401, limits), books, AT, DAY), LimitExceeded)
    books["a"] = posted(posting.post(transfer(300, limits), books, AT, DAY)).positions[0]
    assert (books["a"].spent_on, books["a"].spent) == (tomorrow, 900)
    late = posted(posting.hold(transfer(100, limits), books, AT, DAY))
    assert late.holds[0].counted_on == tomorrow
    released = posting.release({"a": late.holds[0]}, {"a": late.positions[0]}, AT).positions[0]
    assert (released.spent_on, released.spent) == (tomorrow, 900)


def test_counter_given_back_never_falls_below_zero() -> None:
    assert Position("a", "USD", spent_on=DAY, spent=20).give_back(50, DAY).spent == 0


def test_counter_of_another_day_gives_nothing_back() -> None:
    position = Position("a", "USD", spent_on=DAY, spent=20)
    assert position.give_back(5, "2026-11-20") == position
    assert position.give_back(5, DAY) == replace(position, spent=15)


def test_post_without_limits_is_not_counted() -> None:
    account = posted(posting.post(transfer(60), positions(a=100, b=0), AT, DAY)).positions[0]
    assert (account.spent_on, account.spent) == ("", 0)


def test_post_with_limits_counts_what_is_paid_and_not_what_is_received() -> None:
    limits = Limits(100, 100)
    payer, payee = posted(posting.post(transfer(60, limits), positions(a=100, b=0), AT, DAY)).positions
    assert (payer.spent_on, payer.spent, payee.spent_on, payee.spent) == (DAY, 60, "", 0)


def test_amount_above_the_limit_of_one_transaction_is_refused() -> None:
    limits = Limits(transaction=100, daily=1000)
    books = positions(a=1000, b=0)
    posted(posting.post(transfer(100, limits), books, AT, DAY))
    assert isinstance(posting.post(transfer(101, limits), books, AT, DAY), LimitExceeded)
    deposit = Movement("txn_1", "deposit", "USD", (Leg("a", 101), Leg(CASH, -101)), limits)
    assert isinstance(posting.post(deposit, books, AT, DAY), LimitExceeded)


def test_refusal_of_the_payer_comes_before_that_of_the_payee() -> None:
    books = {"a": Position("a", "USD", balance=5), "b": Position("b", "USD", "closed")}
    receiving_first = Movement("txn_1", "transfer", "USD", (Leg("b", 9), Leg("a", -9)))
    assert isinstance(posting.post(receiving_first, books, AT, DAY), InsufficientFunds)


def test_entries_of_a_post_say_all_that_happened() -> None:
    books = positions(a=100, b=7)
    paying, receiving = posted(posting.post(transfer(30), books, AT, DAY)).entries
    assert paying == replace(
        Entry("a", 1, "txn_1", "transfer", -30, "USD", 70, AT, GENESIS, ""), hash=entry_hash(paying)
    )
    assert receiving == replace(
        Entry("b", 1, "txn_1", "transfer", 30, "USD", 37, AT, GENESIS, ""), hash=entry_hash(receiving)
    )


@pytest.mark.parametrize("legs", [(), (Leg("a", 5),), (Leg("a", 5), Leg("b", -5), Leg("c", 0))])
def test_movement_of_fewer_than_two_legs_or_one_of_zero_is_a_bug(legs: tuple[Leg, ...]) -> None:
    with pytest.raises(ValueError, match="two or more legs, none of them zero"):
        Movement("txn_1", "transfer", "USD", legs)


def test_account_named_twice_in_three_legs_is_refused() -> None:
    with pytest.raises(SameAccount):
        Movement("txn_1", "transfer", "USD", (Leg("a", -2), Leg("b", 1), Leg("a", 1)))


def test_movement_on_shards_keeps_all_but_the_accounts_that_are_named() -> None:
    movement = Movement("txn_1", "deposit", "USD", (Leg("a", 5), Leg("gl.cash", -5)), Limits(9, 9), funds=7)
    moved = movement.on({"gl.cash": "gl.cash.003"})
    assert moved == replace(movement, legs=(Leg("a", 5), Leg("gl.cash.003", -5)))


def test_reversal_names_itself_and_what_it_is() -> None:
    back = transfer(40, Limits(50, 50)).reverse("txn_2", allow_overdrawn=True)
    assert back == Movement("txn_2", "reversal", "USD", (Leg("a", 40), Leg("b", -40)), allow_overdrawn=True)


def test_new_position_is_active_and_empty() -> None:
    fields = {**vars(Position("a", "USD"))}
    assert fields.pop("last_hash") == "0" * 64
    assert fields == {
        "account_id": "a",
        "currency": "USD",
        "status": "active",
        "balance": 0,
        "held": 0,
        "overdraft_limit": 0,
        "ledger_version": 0,
        "last_seq": 0,
        "last_entry_at": "",
        "spent_on": "",
        "spent": 0,
        "interest_paid_through": "",
        "interest_carried": "",
    }


def test_entry_after_another_follows_it_in_number_hash_and_time() -> None:
    first_at, second_at = "2026-11-21T08:30:00.000000Z", "2026-11-21T08:30:00.000001Z"
    once, first = Position("a", "USD").enter("txn_1", "deposit", 5, first_at)
    twice, second = once.enter("txn_2", "withdrawal", -2, second_at)
    assert (first.seq, second.seq, second.prev_hash, second.balance_after) == (1, 2, first.hash, 3)
    assert (once.last_entry_at, twice.last_entry_at, twice.last_seq) == (first_at, second_at, 2)


def test_written_is_what_posting_may_change() -> None:
    position = Position("a", "USD", "frozen", 1, 2, 3, 4, 5, "hash", AT, DAY, 6, "2026-10-31", "1/3")
    assert position.posting_fields() == {
        "balance": 1,
        "held": 2,
        "ledger_version": 4,
        "last_seq": 5,
        "last_hash": "hash",
        "last_entry_at": AT,
        "spent_on": DAY,
        "spent": 6,
        "interest_paid_through": "2026-10-31",
        "interest_carried": "1/3",
    }


def test_movement_of_one_minor_unit_moves_one() -> None:
    assert transfer(1).amount == 1


def test_everything_that_a_payment_may_wait_for_has_its_words() -> None:
    assert set(posting.AWAITED) == set(get_args(posting.Awaited))
