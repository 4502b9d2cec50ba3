"""The clearing's calendar and cut-off."""

from datetime import UTC, date, datetime, time

import holidays
import pytest

from clearing_bank.business_days import DAY, after, is_open, is_too_late, next_open


@pytest.mark.parametrize("year", [2024, 2026, 2027, 2038])
def test_it_is_closed_on_weekends_and_target_holidays(year: int) -> None:
    closed = holidays.financial_holidays("ECB", years=year)
    day = date(year, 1, 1)
    while day.year == year:
        assert is_open(day) == (day.weekday() < 5 and day not in closed), day
        day += DAY


def test_business_days_skip_what_is_closed() -> None:
    friday = date(2026, 11, 27)
    assert after(friday, 0) == friday
    assert after(friday, 1) == date(2026, 11, 30)
    assert after(date(2026, 11, 28), 0) == date(2026, 11, 30)
    assert next_open(date(2026, 12, 25)) == date(2026, 12, 28)


def test_the_second_of_the_cut_off_is_too_late() -> None:
    def too_late(day: int, hour: int, minute: int) -> bool:
        return is_too_late(date(2026, 11, day), datetime(2026, 11, 30, hour, minute, tzinfo=UTC), time(18))

    assert not too_late(30, 17, 59)
    assert too_late(30, 18, 0)
    assert too_late(29, 9, 0)
