"""A stretch of the bank's days."""

from datetime import date

import pytest

from chalicelib.domain.days import Days
from tests.interest import on

OPENED, CLOSED = date(2026, 3, 10), date(2026, 3, 20)


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


@pytest.mark.parametrize(
    ("days", "open_days"),
    [
        (on("2026-03-01", "2026-03-31"), on("2026-03-10", "2026-03-19")),
        (on("2026-03-12", "2026-03-15"), on("2026-03-12", "2026-03-15")),
        (on("2026-03-10"), on("2026-03-10")),
        (on("2026-03-20"), Days(CLOSED, CLOSED)),
        (on("2026-02-01", "2026-02-28"), Days(OPENED, OPENED)),
        (on("2026-04-01", "2026-04-30"), Days(date(2026, 4, 1), date(2026, 4, 1))),
    ],
)
def test_the_opening_day_counts_and_the_closing_day_does_not(days: Days, open_days: Days) -> None:
    assert days.between(OPENED, CLOSED) == open_days


def test_an_account_that_is_open_has_no_last_day() -> None:
    assert on("2026-03-01", "2026-03-31").between(OPENED, None) == on("2026-03-10", "2026-03-31")


def test_an_account_closed_on_its_opening_day_has_no_day() -> None:
    assert on("2026-03-01", "2026-03-31").between(OPENED, OPENED).count == 0
