"""Calendar months of the bank's days."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.month import Month

OCTOBER = Month(2026, 10)
MINUTE = timedelta(minutes=1)


def test_a_month_s_days() -> None:
    assert (OCTOBER.first, OCTOBER.last) == (date(2026, 10, 1), date(2026, 10, 31))
    assert [Month(year, 2).days.count for year in (2023, 2024, 2100)] == [28, 29, 28]
    assert (Month(2026, 1).before, Month(2025, 12).after) == (Month(2025, 12), Month(2026, 1))
    assert Month.of(date(2026, 10, 31)) == Month.parse("2026-10") == OCTOBER
    assert str(Month(2026, 3)) == "2026-03"


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-1", "2026-00", "2026-13", "2026-10-01", " 2026-10", "2026-10\n", "２026-10", "1999-12"]
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a month such as 2026-10"):
        Month.parse(text)


def test_a_month_is_over_when_its_last_day_has_ended_where_the_bank_is() -> None:
    midnight = datetime(2026, 11, 1, tzinfo=UTC)
    assert OCTOBER.is_over(midnight, ZoneInfo("UTC"))
    assert not OCTOBER.is_over(midnight - timedelta(microseconds=1), ZoneInfo("UTC"))
    assert not OCTOBER.is_over(midnight, ZoneInfo("America/New_York"))
    assert OCTOBER.is_over(midnight - timedelta(hours=1), ZoneInfo("Europe/Amsterdam"))
