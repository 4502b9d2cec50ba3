"""The dates of standing orders, compared with an independent generator."""

import calendar
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice, pairwise

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.orders.business_calendar import TARGET
from chalicelib.domain.orders.recurrence import LAST, Frequency, Schedule, Unit

STARTS = st.dates(date(2020, 1, 1), date(2032, 12, 31))


def dates(schedule: Schedule, number: int) -> list[str]:
    return [one.date.isoformat() for one in islice(schedule.occurrences(), number)]


def monthly(start: str, day: int | None = None, every: int = 1) -> Schedule:
    return Schedule(date.fromisoformat(start), Frequency("month", every, day=day))


def test_the_31st_comes_back_after_shorter_months() -> None:
    assert dates(monthly("2027-01-31"), 5) == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]


def test_the_30th_is_kept_after_february() -> None:
    assert dates(monthly("2027-01-30"), 3) == ["2027-01-30", "2027-02-28", "2027-03-30"]


def test_actualbudget_3890_each_third_month_from_the_30th_does_not_skip_february() -> None:
    assert dates(monthly("2024-11-30", every=3), 3) == ["2024-11-30", "2025-02-28", "2025-05-30"]


def test_firefly_12614_no_month_is_skipped_until_the_end() -> None:
    order = Schedule(date(2026, 7, 14), Frequency("month", day=14), end=date(2026, 12, 15), business_days="none")
    assert dates(order, 9) == [f"2026-{month:02d}-14" for month in range(7, 13)]


def test_the_last_day_of_the_month_is_the_last_of_each() -> None:
    assert dates(monthly("2028-02-15", LAST), 3) == ["2028-02-29", "2028-03-31", "2028-04-30"]


def test_29_february_comes_back() -> None:
    yearly = Schedule(date(2028, 2, 29), Frequency("year"))
    assert dates(yearly, 5) == ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]


def test_a_day_that_is_over_in_the_start_s_month_is_first_due_in_the_next() -> None:
    assert dates(monthly("2026-11-29", 1), 2) == ["2026-12-01", "2027-01-01"]
    assert dates(monthly("2026-11-29", 1, every=3), 2) == ["2026-12-01", "2027-03-01"]
    assert dates(Schedule(date(2026, 11, 29), Frequency("year", day=1)), 2) == ["2027-11-01", "2028-11-01"]


def test_weekday_counts_for_weeks_alone() -> None:
    saturday = date(2026, 11, 28)
    assert dates(Schedule(saturday, Frequency("day", weekday=0)), 1) == ["2026-11-28"]
    assert dates(Schedule(saturday, Frequency("month", weekday=0)), 1) == ["2026-11-28"]


def test_day_after_the_last_date_is_no_occurrence() -> None:
    once = Schedule(date(2026, 12, 1), Frequency("month"), times=1)
    assert once.find(date(2026, 12, 1)) is not None
    assert once.find(date(2026, 12, 2)) is None
    assert once.find(date(2027, 1, 1)) is None


@pytest.mark.parametrize(
    "frequency", [Frequency("week", weekday=0), Frequency("month", day=1), Frequency("year", day=1)]
)
def test_order_without_a_date_before_the_end_of_the_calendar_has_none(frequency: Frequency) -> None:
    last = date(9999, 12, 31)  # a Friday
    assert list(Schedule(last, frequency).occurrences()) == []
    assert list(Schedule(last, frequency).occurrences(last)) == []


def test_last_date_of_the_calendar_is_the_last_occurrence() -> None:
    last = date(9999, 12, 31)
    units: tuple[Unit, ...] = ("day", "week", "month", "year")
    for unit in units:
        [only] = Schedule(last, Frequency(unit)).occurrences()
        assert (only.number, only.date, only.is_last) == (1, last, True)


def test_a_weekday_is_first_due_on_or_after_the_start() -> None:
    saturday = date(2026, 11, 28)
    assert dates(Schedule(saturday, Frequency("week", 2, weekday=0)), 2) == ["2026-11-30", "2026-12-14"]
    assert dates(Schedule(saturday, Frequency("week", weekday=5)), 2) == ["2026-11-28", "2026-12-05"]


def test_an_order_ends_after_its_count_or_on_its_end() -> None:
    counted = Schedule(date(2026, 1, 31), Frequency("month"), times=2)
    assert [(one.number, one.is_last) for one in counted.occurrences()] == [(1, False), (2, True)]
    until = Schedule(date(2026, 1, 31), Frequency("month"), end=date(2026, 3, 31))
    assert [one.is_last for one in until.occurrences()] == [False, False, True]
    assert not list(Schedule(date(2026, 1, 31), Frequency("month"), end=date(2026, 1, 30)).occurrences())


def test_the_dates_end_with_the_calendar_instead_of_failing() -> None:
    assert len(list(Schedule(date(9998, 1, 1), Frequency("year")).occurrences())) == 2
    assert len(list(Schedule(date(9999, 12, 30), Frequency("day")).occurrences())) == 2


def test_find_tells_whether_a_day_is_one_of_the_dates() -> None:
    rent = monthly("2026-01-31")
    found = rent.find(date(2026, 2, 28))
    assert found is not None
    assert (found.number, found.is_last) == (2, False)
    assert rent.find(date(2026, 2, 27)) is None
    assert rent.find(date(2025, 12, 31)) is None


@pytest.mark.parametrize(
    ("rule", "occurrence", "paid"),
    [
        ("following", "2026-11-28", "2026-11-30"),
        ("preceding", "2026-11-28", "2026-11-27"),
        ("none", "2026-11-28", "2026-11-28"),
        ("following", "2026-12-25", "2026-12-28"),
        ("preceding", "2026-12-26", "2026-12-24"),
    ],
)
def test_the_rule_of_business_days_moves_the_payment(rule: str, occurrence: str, paid: str) -> None:
    order = Schedule(date(2026, 1, 1), Frequency("day"), business_days=rule)  # type: ignore[arg-type]
    assert order.execution_day(date.fromisoformat(occurrence), TARGET).isoformat() == paid


def test_nothing_is_paid_before_the_start() -> None:
    """A weekend right at the start: the day before it is not one of the order's."""
    sunday = Schedule(date(2026, 11, 29), Frequency("month"), business_days="preceding")
    assert sunday.execution_day(date(2026, 11, 29), TARGET) == date(2026, 11, 30)


def test_dates_of_a_weekend_are_all_paid() -> None:
    """Three dates of a daily order are paid on one Monday: none hides another."""
    daily = Schedule(date(2026, 11, 28), Frequency("day"))
    paid = [daily.execution_day(one.date, TARGET) for one in islice(daily.occurrences(), 3)]
    assert paid == [date(2026, 11, 30)] * 3
    assert [one.date.day for one in islice(daily.occurrences(), 3)] == [28, 29, 30]


@given(
    start=STARTS, every=st.integers(1, 12), day=st.none() | st.integers(1, 31), unit=st.sampled_from(["month", "year"])
)
def test_months_and_years_are_those_of_dateutil(start: date, every: int, day: int | None, unit: str) -> None:
    schedule = Schedule(start, Frequency(unit, every, day=day))  # type: ignore[arg-type]
    assert list(islice((one.date for one in schedule.occurrences()), 30)) == list(
        islice(_by_dateutil(start, every, day or start.day, unit), 30)
    )


@given(
    start=STARTS, every=st.integers(1, 60), weekday=st.none() | st.integers(0, 6), unit=st.sampled_from(["day", "week"])
)
def test_days_and_weeks_are_equally_far_apart(start: date, every: int, weekday: int | None, unit: str) -> None:
    schedule = Schedule(start, Frequency(unit, every, weekday=weekday))  # type: ignore[arg-type]
    found = [one.date for one in islice(schedule.occurrences(), 30)]
    step = timedelta(days=every * (7 if unit == "week" else 1))
    assert all(after - before == step for before, after in pairwise(found))
    assert timedelta(0) <= found[0] - start < timedelta(days=7)
    if unit == "week" and weekday is not None:
        assert found[0].weekday() == weekday


@given(
    start=STARTS,
    every=st.integers(1, 12),
    unit=st.sampled_from(["day", "week", "month", "year"]),
    later=st.integers(-400, 20_000),
    times=st.none() | st.integers(1, 300),
)
def test_dates_from_a_day_on_are_the_rest_of_all_dates(
    start: date, every: int, unit: str, later: int, times: int | None
) -> None:
    schedule = Schedule(start, Frequency(unit, every), times=times)  # type: ignore[arg-type]
    since = start + timedelta(days=later)
    walked = (one for one in schedule.occurrences() if one.date >= since)
    assert list(islice(schedule.occurrences(since), 3)) == list(islice(walked, 3))


def _by_dateutil(start: date, every: int, day: int, unit: str) -> Iterator[date]:
    month = start.replace(day=1)
    step = relativedelta(months=every) if unit == "month" else relativedelta(years=every)
    number = 0
    skipped = False
    while True:
        first = month + step * number
        found = first.replace(day=min(day, calendar.monthrange(first.year, first.month)[1]))
        if found < start and not skipped:
            month += relativedelta(months=1) if unit == "month" else relativedelta(years=1)
            skipped = True
            continue
        yield found
        number += 1
