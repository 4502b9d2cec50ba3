"""What an account will look like."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.orders.amounts import OrderAmounts
from chalicelib.domain.orders.business_calendar import CLOSED_DAYS_MAX, TARGET, BusinessCalendar
from chalicelib.domain.orders.forecast import ForecastItem, project, walk_executions
from chalicelib.domain.orders.recurrence import Frequency, Schedule

TODAY = date(2026, 11, 29)


def item(day: int, amount: int, name: str = "a") -> ForecastItem:
    return ForecastItem(date(2026, 12, day) if day else TODAY, amount, "standing_order", name)


def test_a_balance_is_projected_day_by_day() -> None:
    found = project(10_000, 0, [item(1, -6_000), item(2, 1_000)], TODAY, 5)
    assert [one.balance for one in found.days] == [10_000, 10_000, 4_000, 5_000, 5_000]
    assert [one.date.day for one in found.days] == [29, 30, 1, 2, 3]
    assert found.shortfall_on is None


def test_the_first_day_that_is_not_covered_is_named() -> None:
    found = project(10_000, 0, [item(1, -6_000), item(2, -6_000), item(3, -6_000)], TODAY, 7)
    assert (found.shortfall_on, found.missing) == (date(2026, 12, 2), 2_000)


def test_an_overdraft_covers() -> None:
    assert project(10_000, 2_000, [item(1, -12_000)], TODAY, 7).shortfall_on is None
    assert project(10_000, 1_999, [item(1, -12_000)], TODAY, 7).shortfall_on == date(2026, 12, 1)


def test_what_is_missing_is_missing_beyond_the_overdraft() -> None:
    found = project(10_000, 2_000, [item(1, -13_000)], TODAY, 7)
    assert (found.shortfall_on, found.missing) == (date(2026, 12, 1), 1_000)
    assert project(10_000, 2_000, [], TODAY, 7).missing == 0


def test_smallest_amounts_leave_before_they_come_in() -> None:
    found = project(0, 0, [item(1, 1, "a"), item(1, -1, "b")], TODAY, 7)
    assert [one.id for one in found.days[2].items] == ["b", "a"]
    assert (found.shortfall_on, found.missing) == (date(2026, 12, 1), 1)


def test_what_comes_in_later_on_the_same_day_does_not_cover_what_leaves_at_its_start() -> None:
    found = project(0, 0, [item(1, 5_000, "in"), item(1, -5_000, "out")], TODAY, 7)
    assert found.shortfall_on == date(2026, 12, 1)
    assert [one.id for one in found.days[2].items] == ["out", "in"]
    assert found.days[2].balance == 0


def test_what_is_overdue_comes_today() -> None:
    late = ForecastItem(date(2026, 11, 20), -1_000, "scheduled_payment", "late")
    assert project(5_000, 0, [late], TODAY, 2).days[0].balance == 4_000


def test_an_account_below_its_limit_is_short_when_something_leaves_not_before() -> None:
    assert project(-5_000, 0, [], TODAY, 7).shortfall_on is None
    assert project(-5_000, 0, [item(2, -1)], TODAY, 7).shortfall_on == date(2026, 12, 2)


@given(st.lists(st.tuples(st.integers(0, 31), st.integers(-10_000, 10_000))), st.integers(-10_000, 10_000))
def test_the_last_balance_is_the_first_and_everything_that_comes(amounts: list[tuple[int, int]], balance: int) -> None:
    items = [item(day, amount, str(number)) for number, (day, amount) in enumerate(amounts)]
    assert project(balance, 0, items, TODAY, 40).days[-1].balance == balance + sum(amount for _, amount in amounts)


def test_executions_of_an_order_are_planned_up_to_a_day() -> None:
    schedule = Schedule(date(2026, 10, 31), Frequency("month"), times=4, business_days="following")
    amounts = OrderAmounts(100, first=50, final=70)
    until = date(2027, 2, 1)
    due = walk_executions(schedule, date(2026, 11, 30), until, TARGET)
    assert [(day, amounts.of(occurrence)) for day, occurrence in due] == [
        (date(2026, 11, 30), 100),
        (date(2026, 12, 31), 100),
        (date(2027, 2, 1), 70),  # 31 January is a Sunday
    ]


def test_an_execution_before_the_end_of_the_forecast_counts_though_its_date_comes_after() -> None:
    schedule = Schedule(date(2026, 11, 1), Frequency("month"), business_days="preceding")
    paid = [day for day, _ in walk_executions(schedule, date(2027, 1, 1), date(2027, 1, 31), TARGET)]
    assert paid == [date(2026, 12, 31)]
    schedule = Schedule(date(2026, 11, 7), Frequency("month"), business_days="preceding")
    paid = [day for day, _ in walk_executions(schedule, date(2027, 2, 7), date(2027, 2, 6), TARGET)]
    assert paid == [date(2027, 2, 5)]  # the 7th is a Sunday


def test_execution_counts_that_as_many_days_as_may_be_closed_have_moved_into_the_forecast() -> None:
    first = date(2027, 1, 1)
    closed = frozenset(first + timedelta(days=number) for number in range(1, CLOSED_DAYS_MAX + 1))
    calendar = BusinessCalendar("x", frozenset(), single=closed)
    schedule = Schedule(date(2026, 11, 1), Frequency("month"), business_days="preceding")
    paid = [day for day, _ in walk_executions(schedule, date(2027, 2, 1), first, calendar)]
    assert paid == [first]
