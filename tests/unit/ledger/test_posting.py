"""What a transaction does to the accounts it touches, decided without a database."""

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.days import Days
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
from chalicelib.domain.ledger.balance import InterestPaid, Position, Status
from chalicelib.domain.ledger.hash_chain import GENESIS, entry_hash
from chalicelib.domain.ledger.limits import Limits
from chalicelib.domain.ledger.posting import Held, Leg, Movement, Posting

AT, DAY = "2026-11-21T08:30:00.000000Z", "2026-11-21"
CASH = "gl.cash.brn_1.USD.000"


def positions(**balances: int) -> dict[str, Position]:
    known = {name: Position(name, "USD", balance=balance) for name, balance in balances.items()}
    return known | {CASH: Position(CASH, "USD")}


def transfer(amount: int, limits: Limits | None = None) -> Movement:
    return Movement("txn_1", "transfer", "USD", (Leg("a", -amount), Leg("b", amount)), limits)


def posted(decision: Posting | Refusal) -> Posting:
    assert isinstance(decision, Posting), decision
    return decision


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


def test_a_hold_sets_aside_and_moves_nothing() -> None:
    result = posted(posting.hold(transfer(60), positions(a=100, b=0), AT, DAY))
    assert result.entries == ()
    assert result.holds == (Held("a", 60, DAY),)
    assert (result.positions[0].balance, result.positions[0].held, result.positions[0].available) == (100, 60, 40)


def test_settling_in_part_pays_the_part_and_releases_the_rest() -> None:
    limits = Limits(100, 100)
    held = posted(posting.hold(transfer(60, limits), positions(a=100, b=0), AT, DAY))
    books = positions(b=0) | {"a": held.positions[0]}
    assert books["a"].spent_that_day(DAY) == 60
    part = transfer(60).in_part(25)
    settled = posted(posting.settle(part, {"a": held.holds[0]}, books, AT))
    assert (settled.positions[0].balance, settled.positions[0].held) == (75, 0)
    assert settled.positions[0].spent_that_day(DAY) == 25
    with pytest.raises(ValueError, match="part"):
        transfer(60).in_part(61)


def test_release_gives_everything_back_even_on_a_frozen_account() -> None:
    held = posted(posting.hold(transfer(60), positions(a=100, b=0), AT, DAY))
    frozen = replace(held.positions[0], status="frozen")
    released = posting.release({"a": held.holds[0]}, {"a": frozen}, AT)
    assert (released.positions[0].held, released.positions[0].balance) == (0, 100)
    assert released.positions[0].ledger_version == frozen.ledger_version + 1
    assert isinstance(
        posting.settle(transfer(60), {"a": held.holds[0]}, positions(b=0) | {"a": frozen}, AT), AccountFrozen
    )


def test_a_reversal_is_the_opposite_and_is_bound_by_funds_unless_allowed() -> None:
    back = transfer(40).reversed("txn_2", allow_overdrawn=False)
    assert isinstance(posting.post(back, positions(a=0, b=39), AT, DAY), InsufficientFunds)
    allowed = transfer(40).reversed("txn_2", allow_overdrawn=True)
    assert posted(posting.post(allowed, positions(a=0, b=39), AT, DAY)).positions[1].balance == -1


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


def days_paid(first: str, last: str, carried: str = "-18/73") -> InterestPaid:
    return InterestPaid("a", Days.inclusive(date.fromisoformat(first), date.fromisoformat(last)), carried)


def interest(first: str, last: str, amount: int) -> Movement:
    legs = (Leg("a", amount), Leg("gl.interest_expense.USD.000", -amount))
    return Movement("txn_1", "interest_credit", "USD", legs, interest=days_paid(first, last))


def paid_to(through: str, status: Status = "active") -> dict[str, Position]:
    expense = "gl.interest_expense.USD.000"
    account = Position("a", "USD", status, balance=100, ledger_version=7, interest_paid_through=through)
    return {"a": account, expense: Position(expense, "USD")}


def test_a_credit_of_interest_says_through_which_day_it_paid_and_what_it_carries() -> None:
    movement = interest("2026-11-01", "2026-11-30", 25)
    account, expense = posted(posting.post(movement, paid_to("2026-10-31"), AT, DAY)).positions
    assert (account.balance, account.interest_paid_through, account.interest_carried) == (125, "2026-11-30", "-18/73")
    assert (expense.balance, expense.interest_paid_through, expense.interest_carried) == (-25, "", "")


def test_days_that_earned_nothing_move_only_what_is_paid() -> None:
    before = paid_to("2026-10-31")["a"]
    after = posting.pay_nothing(days_paid("2026-11-01", "2026-11-30"), before)
    assert after == replace(before, ledger_version=8, interest_paid_through="2026-11-30", interest_carried="-18/73")


@pytest.mark.parametrize("first", ["2026-10-31", "2026-11-02"])
def test_no_day_is_paid_twice_and_none_left_out(first: str) -> None:
    movement = interest(first, "2026-11-30", 25)
    with pytest.raises(ValueError, match="paid through 2026-10-31"):
        posting.post(movement, paid_to("2026-10-31"), AT, DAY)


def test_an_entry_comes_after_the_last_one_and_after_the_days_whose_interest_was_paid() -> None:
    fresh, zone = Position("a", "USD"), ZoneInfo("Europe/Amsterdam")
    assert fresh.before_next_entry(zone) == []
    moved = replace(fresh, last_entry_at="2026-10-20T08:30:00.000000Z")
    assert moved.before_next_entry(zone) == ["2026-10-20T08:30:00.000000Z"]
    paid = moved.pay_interest(InterestPaid("a", Days.inclusive(date(2026, 10, 1), date(2026, 10, 31)), "0"))
    assert paid.before_next_entry(zone) == ["2026-10-20T08:30:00.000000Z", "2026-10-31T22:59:59.999999Z"]


def test_interest_reaches_a_frozen_account_and_no_closed_one() -> None:
    movement = interest("2026-11-01", "2026-11-30", 25)
    posted(posting.post(movement, paid_to("2026-10-31", "frozen"), AT, DAY))
    assert isinstance(posting.post(movement, paid_to("2026-10-31", "closed"), AT, DAY), AccountClosed)


@pytest.mark.parametrize(("last", "carried"), [("2026-10-31", "0"), ("2026-11-30", "2/3"), ("2026-11-30", "0.5")])
def test_what_is_no_credit_of_interest_is_a_bug(last: str, carried: str) -> None:
    with pytest.raises(ValueError, match=r"one day or more|carried|credit leaves"):
        days_paid("2026-11-01", last, carried)


def test_a_reversal_of_interest_takes_the_money_back_and_leaves_the_days_paid() -> None:
    movement = interest("2026-11-01", "2026-11-30", 25)
    undone = movement.reversed("txn_2", allow_overdrawn=False)
    account = posted(posting.post(undone, paid_to("2026-11-30"), AT, DAY)).positions[0]
    assert (account.balance, account.interest_paid_through) == (75, "2026-11-30")
