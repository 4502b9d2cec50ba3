"""A stretch of the bank's days."""

from datetime import date

import pytest

from chalicelib.domain.days import Days


def test_clients_name_both_ends() -> None:
    days = Days.inclusive(date(2026, 2, 1), date(2026, 2, 28))
    assert days == Days(date(2026, 2, 1), date(2026, 3, 1))
    assert (days.last, days.count) == (date(2026, 2, 28), 28)


def test_no_day_at_all_is_a_stretch_too() -> None:
    days = Days.inclusive(date(2026, 2, 20), date(2026, 1, 31))
    assert (days.start, days.last, days.count) == (date(2026, 2, 20), date(2026, 2, 19), 0)


def test_an_end_before_the_start_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="2026-02-01, before they start on 2026-02-02"):
        Days(date(2026, 2, 2), date(2026, 2, 1))
