"""The moment at which a test begins that a midnight would cut in two."""

import tomllib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from infra.settings import ROOT
from tests.midnight import MARGIN, USUAL, after_midnight, wait_until_far

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


def test_running_bank_is_waited_for_until_the_midnight_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    midnight = MIDNIGHTS[0]
    with time_machine.travel(midnight - 2 * USUAL, tick=False):
        wait_until_far()
        assert datetime.now(UTC) == midnight - 2 * USUAL
    with time_machine.travel(midnight - USUAL / 2, tick=False) as clock:
        monkeypatch.setattr("time.sleep", clock.shift)
        wait_until_far()
        assert midnight <= datetime.now(UTC) <= midnight + SECOND


def test_no_test_may_take_longer_than_the_margin() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    assert timedelta(seconds=settings["timeout"]) < MARGIN
