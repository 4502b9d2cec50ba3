"""What a credit of interest does to the accounts it touches."""

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.days import Days
from chalicelib.domain.errors import AccountClosed
from chalicelib.domain.ledger import posting
from chalicelib.domain.ledger.balance import InterestPaid, Position, Status
from chalicelib.domain.ledger.posting import Leg, Movement
from tests.unit.ledger.decisions import posted

AT, DAY = "2026-11-21T08:30:00.000000Z", "2026-11-21"


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
    undone = movement.reverse("txn_2", allow_overdrawn=False)
    account = posted(posting.post(undone, paid_to("2026-11-30"), AT, DAY)).positions[0]
    assert (account.balance, account.interest_paid_through) == (75, "2026-11-30")


def test_one_day_of_interest_is_enough_for_a_credit() -> None:
    assert days_paid("2026-11-01", "2026-11-01").days.count == 1
