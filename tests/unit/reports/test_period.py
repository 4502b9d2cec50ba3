"""Ranges cut into periods."""

from datetime import date

import pytest

from chalicelib.domain.days import Days
from chalicelib.domain.reports.period import By, cut

RANGE = Days.inclusive(date(2026, 10, 29), date(2026, 11, 9))
"""From a Thursday to a Monday, over the end of a month and over the day on which clocks are put back."""


@pytest.mark.parametrize(
    ("by", "starts"),
    [
        ("week", ["10-29", "11-02", "11-09"]),
        ("month", ["10-29", "11-01"]),
        ("day", ["10-29", "10-30", "10-31", *(f"11-0{number}" for number in range(1, 10))]),
    ],
)
def test_periods_join_without_a_gap_and_stay_within_the_range(by: By, starts: list[str]) -> None:
    periods = list(cut(RANGE, by))
    assert [f"{period.start:%m-%d}" for period in periods] == starts
    assert [period.end for period in periods] == [*(period.start for period in periods[1:]), RANGE.end]


def test_a_week_over_new_year_is_one() -> None:
    days = Days.inclusive(date(2026, 12, 28), date(2027, 1, 3))
    assert list(cut(days, "week")) == [days]
