"""Cut-off, business days and instant payments."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.clearing.settlement_date import Settlement, is_too_late, settlement_date_of, settlement_of
from tests.unit.clearing.messages import NOW, RENT

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


@pytest.mark.parametrize(
    ("rail", "seconds", "expected"),
    [("instant", -1, False), ("instant", 10, False), ("instant", 10.001, True), ("standard", 3600, False)],
)
def test_instant_payment_is_too_late_after_ten_seconds(rail: Rail, seconds: float, expected: bool) -> None:
    transfer = replace(RENT, rail=rail, accepted_at=NOW)
    assert is_too_late(transfer, NOW + timedelta(seconds=seconds)) is expected
    assert not is_too_late(replace(transfer, accepted_at=None), NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("now", "settled_on"),
    [
        ("2026-11-27T15:00:01", "2026-11-27"),
        ("2026-11-27T16:59:59", "2026-11-27"),
        ("2026-11-27T17:00:00", "2026-11-30"),
        ("2026-11-28T09:00:00", "2026-11-30"),
        ("2026-11-30T08:00:00", "2026-11-30"),
        ("2026-11-30T18:00:00", "2026-12-01"),
    ],
)
def test_standard_payment_that_is_sent_late_is_settled_later(now: str, settled_on: str) -> None:
    promised = date(2026, 11, 27)
    assert settlement_date_of("standard", promised, at(now), RIGA) == date.fromisoformat(settled_on)


def test_payment_that_is_sent_early_is_settled_on_the_promised_day() -> None:
    promised = date(2026, 12, 1)
    assert settlement_date_of("standard", promised, at("2026-11-30T10:00:00"), RIGA) == promised


def test_instant_payment_is_settled_on_the_day_it_is_sent() -> None:
    assert settlement_date_of("instant", date(2026, 11, 27), at("2026-11-28T23:00:00"), RIGA) == date(2026, 11, 28)
