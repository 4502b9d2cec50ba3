"""The moment at which a test begins that a midnight would cut in two."""

import tomllib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from infra.settings import ROOT
from tests.midnight import MARGIN, after_midnight

ZONES = (UTC, ZoneInfo("Europe/Riga"))
SECOND = timedelta(seconds=1)
MIDNIGHTS = (
    datetime(2026, 12, 1, tzinfo=UTC),
    datetime(2026, 11, 30, 22, tzinfo=UTC),
    datetime(2027, 1, 1, tzinfo=UTC),
    datetime(2027, 3, 27, 22, tzinfo=UTC),
    datetime(2027, 3, 28, 21, tzinfo=UTC),
)


@pytest.mark.parametrize("midnight", MIDNIGHTS, ids=str)
@pytest.mark.parametrize("before", [SECOND, MARGIN / 2, MARGIN])
def test_test_before_a_midnight_begins_after_it(midnight: datetime, before: timedelta) -> None:
    """Of UTC, and of the bank in winter and in summer."""
    begin = after_midnight(midnight - before, ZONES)
    assert midnight <= begin < midnight + MARGIN


@pytest.mark.parametrize("midnight", MIDNIGHTS, ids=str)
@pytest.mark.parametrize("away", [timedelta(0), SECOND, -MARGIN - SECOND, timedelta(minutes=30)])
def test_test_at_another_time_begins_now(midnight: datetime, away: timedelta) -> None:
    assert after_midnight(midnight + away, ZONES) == midnight + away


def test_no_test_may_take_longer_than_the_margin() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    assert timedelta(seconds=settings["timeout"]) < MARGIN
