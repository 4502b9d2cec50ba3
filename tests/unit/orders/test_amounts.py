"""What each occurrence pays."""

from datetime import date

import pytest

from chalicelib.domain.orders import amounts
from chalicelib.domain.orders.amounts import OrderAmounts
from chalicelib.domain.orders.recurrence import Frequency, Schedule

THREE = Schedule(date(2026, 1, 1), Frequency("month"), times=3)


def paid(schedule: Schedule, asked: OrderAmounts) -> list[int]:
    return [asked.of(one) for one in schedule.occurrences()]


def test_the_first_and_the_last_amount_may_differ() -> None:
    assert paid(THREE, OrderAmounts(100)) == [100, 100, 100]
    assert paid(THREE, OrderAmounts(100, first=50, final=25)) == [50, 100, 25]


def test_an_order_with_one_date_pays_its_first_amount() -> None:
    once = Schedule(date(2026, 1, 1), Frequency("month"), times=1)
    assert paid(once, OrderAmounts(100, first=50, final=25)) == [50]
    assert paid(once, OrderAmounts(100, final=25)) == [25]


def test_a_final_amount_needs_an_end() -> None:
    amounts.check(OrderAmounts(100, final=25), THREE)
    amounts.check(OrderAmounts(100, final=25), Schedule(date(2026, 1, 1), Frequency("month"), end=date(2027, 1, 1)))
    amounts.check(OrderAmounts(100, first=25), Schedule(date(2026, 1, 1), Frequency("month")))
    with pytest.raises(ValueError, match="final_amount needs an end or a count"):
        amounts.check(OrderAmounts(100, final=25), Schedule(date(2026, 1, 1), Frequency("month")))
