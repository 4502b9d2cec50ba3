"""Cut-off, business days and instant payments."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.clearing.settlement_date import Settlement, settlement_of

RIGA = ZoneInfo("Europe/Riga")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=RIGA)


@pytest.mark.parametrize(
    ("now", "submit_by"),
    [
        ("2026-11-30T14:59:59.999999", "2026-11-30T15:00"),
        ("2026-11-30T15:00:00", "2026-12-01T15:00"),
        ("2026-11-27T15:00:00", "2026-11-30T15:00"),
        ("2026-11-28T09:00:00", "2026-11-30T15:00"),
        ("2026-12-24T15:00:00", "2026-12-28T15:00"),
        ("2027-03-25T16:00:00", "2027-03-30T15:00"),
        ("2026-03-27T15:00:00", "2026-03-30T15:00"),
    ],
)
def test_a_standard_payment_goes_at_the_next_cut_off(now: str, submit_by: str) -> None:
    expected = Settlement(at(submit_by), at(submit_by).date())
    assert settlement_of("standard", at(now), RIGA) == expected
    assert settlement_of("standard", at(now).astimezone(UTC), RIGA) == expected


def test_the_cut_off_is_of_the_bank_s_zone() -> None:
    now = datetime(2026, 11, 30, 13, 30, tzinfo=UTC)
    assert settlement_of("standard", now, RIGA).settlement_date == date(2026, 12, 1)
    assert settlement_of("standard", now, UTC).settlement_date == date(2026, 11, 30)


def test_an_instant_payment_ignores_cut_off_and_calendar() -> None:
    now = datetime(2026, 12, 25, 22, 30, tzinfo=UTC)
    assert settlement_of("instant", now, RIGA) == Settlement(now + timedelta(seconds=10), date(2026, 12, 26))
