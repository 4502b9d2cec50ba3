"""Business days, compared with a library's calendar of TARGET."""

from datetime import date, timedelta

import holidays
import pytest
from dateutil.easter import easter

from chalicelib import config, setting_types
from chalicelib.domain.orders.business_calendar import TARGET, BusinessCalendar, easter_sunday

YEARS = range(2002, 2100)


def test_easter_sunday_is_that_of_dateutil() -> None:
    assert [easter_sunday(year) for year in range(1583, 4100)] == [easter(year) for year in range(1583, 4100)]


def test_target_closes_on_the_days_of_the_ecb() -> None:
    ecb = holidays.financial_holidays("ECB", years=YEARS)
    day = date(YEARS.start, 1, 1)
    while day.year in YEARS:
        assert TARGET.is_business_day(day) == (day.weekday() < 5 and day not in ecb), day
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "following", "preceding"),
    [
        ("2026-11-30", "2026-11-30", "2026-11-30"),  # a Monday
        ("2026-11-28", "2026-11-30", "2026-11-27"),  # a Saturday
        ("2026-04-03", "2026-04-07", "2026-04-02"),  # Good Friday to Easter Monday
        ("2027-12-25", "2027-12-27", "2027-12-24"),  # Christmas on a weekend: its Monday is open
        ("2026-12-25", "2026-12-28", "2026-12-24"),
        ("2027-01-01", "2027-01-04", "2026-12-31"),
    ],
)
def test_a_closed_day_moves_to_the_next_or_the_last_open_one(day: str, following: str, preceding: str) -> None:
    asked = date.fromisoformat(day)
    assert TARGET.following(asked).isoformat() == following
    assert TARGET.preceding(asked).isoformat() == preceding


def test_business_days_between_counts_the_last_and_not_the_first() -> None:
    friday, monday = date(2026, 11, 27), date(2026, 11, 30)
    assert TARGET.business_days_between(friday, monday) == 1
    assert TARGET.business_days_between(friday, friday) == 0
    assert TARGET.business_days_between(monday, friday) == 0


def test_a_bank_may_bring_its_own_calendar() -> None:
    gulf = BusinessCalendar.parse({"name": "AE", "weekend": [4, 5], "yearly": ["12-02"], "single": ["2026-03-20"]})
    assert gulf.following(date(2026, 11, 27)) == date(2026, 11, 29)  # Friday to Sunday
    assert not gulf.is_business_day(date(2026, 12, 2))
    assert not gulf.is_business_day(date(2026, 3, 20))


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({"name": "x", "weekend": [0, 1, 2, 3, 4, 5, 6]}, "weekend"),
        ({"name": "x", "weekend": [7]}, "weekend"),
        ({"name": "x", "yearly": ["13-01"]}, "yearly has 2000-13-01"),
        ({"name": "x", "holidays": []}, "holidays"),
        ({"weekend": [5, 6]}, "name must be a text"),
        ({"name": "x", "weekend": 5}, "weekend must be a list of whole numbers"),
        ({"name": "x", "weekend": [True]}, "weekend must be a list of whole numbers"),
        ({"name": "x", "after_easter": ["-2"]}, "after_easter must be a list of whole numbers"),
        ({"name": "x", "yearly": "12-25"}, "yearly must be a list of days in quotes"),
        ({"name": "x", "single": [20260320]}, "single must be a list of days in quotes"),
        ({"name": "x", "single": ["20.03.2026"]}, "single has 20.03.2026, which is no day"),
        ({"name": "x", "yearly": [f"01-{day:02d}" for day in range(1, 32)] + ["02-01"]}, "days in a row are closed"),
        ({"name": " "}, "name must be a text"),
        ({"name": "x", "zulu": 1, "alpha": 1}, "alpha is not a field of a calendar"),
        ([], "a calendar is an object"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused(document: object, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        BusinessCalendar.parse(document)


def test_the_calendar_of_germany_is_that_of_a_library() -> None:
    calendar = config.business_calendar.parse("germany")
    known = holidays.country_holidays("DE", years=range(2018, 2060))
    day = date(2018, 1, 1)  # 31 October 2017 was free once
    while day.year < 2060:
        assert calendar.is_business_day(day) == (day.weekday() < 5 and day not in known), day
        day += timedelta(days=1)


def test_each_calendar_of_the_package_can_be_read() -> None:
    for path in setting_types.CALENDARS.iterdir():
        assert config.business_calendar.parse(path.stem).name


def test_a_calendar_that_never_opens_ends_the_search() -> None:
    start = date(2026, 1, 1)
    closed = frozenset(start + timedelta(days=number) for number in range(60))
    with pytest.raises(ValueError, match="no business day within 31 days"):
        BusinessCalendar("x", frozenset(), single=closed).following(start)


def closed_days(first: date, count: int) -> list[str]:
    return [(first + timedelta(days=number)).isoformat() for number in range(count)]


@pytest.mark.parametrize("first", ["2026-03-02", "2026-12-21", "2028-11-30"])
def test_at_most_31_days_in_a_row_are_closed(first: str) -> None:
    """On a turn of the year, too, where the days are those of two years."""
    start = date.fromisoformat(first)
    calendar = BusinessCalendar.parse({"name": "x", "weekend": [], "single": closed_days(start, 31)})
    assert calendar.following(start) == start + timedelta(days=31)
    assert calendar.preceding(start + timedelta(days=30)) == start - timedelta(days=1)
    last = start + timedelta(days=31)
    with pytest.raises(ValueError, match=f"more than 31 days in a row are closed, up to {last}"):
        BusinessCalendar.parse({"name": "x", "weekend": [], "single": closed_days(start, 32)})


def test_days_of_each_year_are_looked_through_with_weekends_and_easter() -> None:
    """Of the seven years, Easter is early enough in 2005 alone that the days around it follow those of March."""
    march = [f"03-{day:02d}" for day in range(1, 25)]
    calendar = BusinessCalendar.parse({"name": "x", "weekend": [], "yearly": march, "after_easter": [0, 1, 2]})
    assert calendar.following(date(2026, 3, 1)) == date(2026, 3, 25)
    with pytest.raises(ValueError, match="up to 2005-04-01"):
        BusinessCalendar.parse({"name": "x", "weekend": [], "yearly": march, "after_easter": list(range(-2, 9))})
