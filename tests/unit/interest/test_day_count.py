"""Which part of a year lies between two days."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.days import Days
from chalicelib.domain.interest import day_count
from chalicelib.domain.interest.day_count import YEAR_PARTS, DayCount
from tests.interest import on, slow_year_fraction

CONVENTIONS: tuple[DayCount, ...] = get_args(DayCount)
DATES = st.dates(date(1899, 1, 1), date(2201, 12, 31))


def year_fraction(convention: DayCount, start: str, end: str) -> Fraction:
    days = Days(date.fromisoformat(start), date.fromisoformat(end))
    return Fraction(day_count.year_parts(convention, days), YEAR_PARTS)


# As published by ISDA: "EMU and market conventions: recent developments" (1998), "The Actual/Actual day count fraction"
# of 1999; the same values stand in QuantLib's test suite, test-suite/daycounters.cpp.
@pytest.mark.parametrize(
    ("start", "end", "in_ordinary_years", "in_leap_years", "published"),
    [
        ("2003-11-01", "2004-05-01", 61, 121, 0.497724380567),
        ("1999-02-01", "1999-07-01", 150, 0, 0.410958904110),
        ("1999-07-01", "2000-07-01", 184, 182, 1.001377348600),
        ("2002-08-15", "2003-07-15", 334, 0, 0.915068493151),
        ("2003-07-15", "2004-01-15", 170, 14, 0.504004790778),
        ("1999-07-30", "2000-01-30", 155, 29, 0.503892506924),
        ("2000-01-30", "2000-06-30", 0, 152, 0.415300546448),
    ],
)
def test_isda_s_examples_of_act_act(
    start: str, end: str, in_ordinary_years: int, in_leap_years: int, published: float
) -> None:
    fraction = year_fraction("ACT/ACT", start, end)
    assert fraction == Fraction(in_ordinary_years, 365) + Fraction(in_leap_years, 366)
    assert float(fraction) == pytest.approx(published, abs=1e-10)


# ISDA, "30/360 day count conventions" (2008), worked examples of 30E/360; also in QuantLib's test suite.
@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        # 1: no end of February
        ("2006-08-20", "2007-02-20", 180),
        ("2007-02-20", "2007-08-20", 180),
        ("2007-08-20", "2008-02-20", 180),
        ("2008-02-20", "2008-08-20", 180),
        # 2: some ends of February
        ("2006-02-28", "2006-08-31", 182),
        ("2006-08-31", "2007-02-28", 178),
        ("2007-02-28", "2007-08-31", 182),
        ("2007-08-31", "2008-02-29", 179),
        ("2008-02-29", "2008-08-31", 181),
        ("2008-08-31", "2009-02-28", 178),
        ("2011-08-31", "2012-02-29", 179),
        # 3: miscellaneous
        ("2006-01-31", "2006-02-28", 28),
        ("2006-01-30", "2006-02-28", 28),
        ("2006-02-28", "2006-03-03", 5),
        ("2006-02-14", "2006-02-28", 14),
        ("2006-09-30", "2006-10-31", 30),
        ("2006-10-31", "2006-11-28", 28),
        ("2007-08-31", "2008-02-28", 178),
        ("2008-02-28", "2008-08-28", 180),
        ("2008-02-28", "2008-08-30", 182),
        ("2008-02-28", "2008-08-31", 182),
        ("2007-02-26", "2008-02-28", 362),
        ("2007-02-26", "2008-02-29", 363),
        ("2008-02-29", "2009-02-28", 359),
        ("2008-02-28", "2008-03-30", 32),
        ("2008-02-28", "2008-03-31", 32),
    ],
)
def test_isda_s_examples_of_30e_360(start: str, end: str, days: int) -> None:
    assert year_fraction("30E/360", start, end) == Fraction(days, 360)


@pytest.mark.parametrize(
    ("convention", "ordinary", "leap"),
    [
        ("ACT/365F", Fraction(1), Fraction(366, 365)),
        ("ACT/ACT", Fraction(1), Fraction(1)),
        ("ACT/360", Fraction(365, 360), Fraction(366, 360)),
        ("30E/360", Fraction(1), Fraction(1)),
    ],
)
def test_a_year_and_a_leap_year(convention: DayCount, ordinary: Fraction, leap: Fraction) -> None:
    assert year_fraction(convention, "2025-01-01", "2026-01-01") == ordinary
    assert year_fraction(convention, "2024-01-01", "2025-01-01") == leap


def test_the_nights_around_the_end_of_a_month_under_30e_360() -> None:
    nights = {day: day_count.year_parts("30E/360", on(day)) * 360 // YEAR_PARTS for day in (
        "2026-01-29", "2026-01-30", "2026-01-31", "2026-02-27", "2026-02-28", "2028-02-28", "2028-02-29", "2026-04-30",
    )}  # fmt: skip
    assert list(nights.values()) == [1, 0, 1, 1, 3, 1, 2, 1]


@pytest.mark.parametrize("convention", CONVENTIONS)
@given(st.lists(DATES, min_size=2, max_size=6).map(sorted))
def test_a_period_is_the_sum_of_its_parts_however_it_is_split(convention: DayCount, cuts: list[date]) -> None:
    parts = [day_count.year_parts(convention, Days(*pair)) for pair in pairwise(cuts)]
    assert sum(parts) == day_count.year_parts(convention, Days(cuts[0], cuts[-1]))
    assert min(parts) >= 0


@pytest.mark.parametrize("convention", CONVENTIONS)
@given(DATES, st.integers(0, 1500))
def test_a_period_is_what_the_definitions_say(convention: DayCount, start: date, count: int) -> None:
    end = start + timedelta(days=count)
    fraction = Fraction(day_count.year_parts(convention, Days(start, end)), YEAR_PARTS)
    assert fraction == slow_year_fraction(convention, start, end)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_a_convention_is_chosen_by_its_name(convention: DayCount) -> None:
    assert day_count.parse(convention) == convention


@pytest.mark.parametrize("text", ["", "ACT/365", "act/360", "30/360 "])
def test_another_name_is_answered_with_the_names(text: str) -> None:
    with pytest.raises(ValueError, match="one of ACT/365F, ACT/ACT, ACT/360, 30E/360"):
        day_count.parse(text)


def test_30_360_is_short_for_the_one_of_that_kind() -> None:
    assert day_count.parse("30/360") == day_count.parse("30E/360") == "30E/360"
    assert [day_count.name(day_count.parse(text)) for text in ("30/360", "30E/360", "ACT/ACT")] == [
        "30/360",
        "30/360",
        "ACT/ACT",
    ]
