"""How regularly a leader's groups are written, by its own clock."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

import pytest

from chalicelib import clock
from chalicelib.domain.ledger.group_rounds import Rounds
from chalicelib.domain.time import timestamp
from chalicelib.services.payments.round_meter import NEWER_SHARE, RoundMeter
from tests.small_bank import NOON
from tests.unit.conftest import Time

KNOWN = Rounds(0.05, 0.02, 0.025)


@dataclass
class Written:
    """A group, by when the account's last entry is made."""

    last_entry_at: str | None


@pytest.fixture(autouse=True)
def began(passing: Time) -> Iterator[float]:
    """Have the clock go with the pauses, from noon on."""
    began = passing.now
    clock.set_clock(lambda: NOON + timedelta(seconds=passing.now - began))
    yield began
    clock.set_clock(None)


def write(
    meter: RoundMeter, passing: Time, seconds: float, lag_seconds: float | None, age_seconds: float = 0.05
) -> None:
    """Have the next write take so long, of a group that was decided so long before its end, and whose intents were read
    so long before its end."""
    meter.note_begin(clock.now() - timedelta(seconds=age_seconds - seconds))
    passing.now += seconds
    at = None if lag_seconds is None else timestamp(clock.now() - timedelta(seconds=lag_seconds))
    meter.note_end(cast("Any", Written(at)))


def test_first_round_is_from_the_end_of_one_write_to_the_end_of_the_next(passing: Time) -> None:
    meter = RoundMeter(None)
    assert meter.ends_soon(passing.now) is False, "nothing is known yet"
    write(meter, passing, 0.5, 0.4, age_seconds=0.6)
    guess = meter.rounds
    assert guess
    assert (guess.age_seconds, guess.seconds) == pytest.approx((0.6, 0.5)), "as long as the write"
    assert guess.lag_seconds is None
    for _ in range(6):
        write(meter, passing, 0.02, 0.025)
    rounds = meter.rounds
    assert rounds is not None
    assert rounds.seconds == pytest.approx(0.02)
    assert rounds.lag_seconds == pytest.approx(0.025)
    assert rounds.age_seconds == pytest.approx(0.05)


def test_rounds_of_the_leader_before_are_changed_by_each_round_a_little(passing: Time) -> None:
    meter = RoundMeter(KNOWN)
    write(meter, passing, 0.02, 0.025)
    write(meter, passing, 0.03, 0.025)
    assert meter.rounds
    assert meter.rounds.seconds == pytest.approx(0.02 + 0.01 * NEWER_SHARE)


def test_round_after_a_break_and_one_without_entries_say_nothing(passing: Time) -> None:
    meter = RoundMeter(KNOWN)
    write(meter, passing, 0.02, 0.025)
    write(meter, passing, 0.09, None)
    meter.note_break()
    write(meter, passing, 0.09, 0.025)
    assert meter.rounds == KNOWN


def test_age_of_intents_is_that_of_the_last_groups_whether_they_follow_each_other_or_not(passing: Time) -> None:
    meter = RoundMeter(KNOWN)
    for _ in range(20):
        write(meter, passing, 0.02, 0.025, age_seconds=0.3)
        meter.note_break()
    assert meter.rounds
    assert meter.rounds.age_seconds == pytest.approx(0.3, rel=0.01)
    assert meter.rounds.seconds == KNOWN.seconds


def test_rounds_that_differ_have_no_foreseeable_end(passing: Time) -> None:
    meter = RoundMeter(KNOWN)
    for number in range(20):
        write(meter, passing, 0.05 if number % 2 else 0.01, 0.025)
    assert meter.rounds
    assert meter.rounds.lag_seconds is None


def test_writes_with_breaks_between_them_have_no_foreseeable_end(passing: Time) -> None:
    meter = RoundMeter(KNOWN)
    for _ in range(6):
        write(meter, passing, 0.02, 0.025)
        meter.note_break()
    assert meter.rounds == replace(KNOWN, lag_seconds=None)


def test_writes_that_are_under_way_or_coming_end_after_a_round_each(passing: Time) -> None:
    meter = RoundMeter(KNOWN)
    meter.note_begin(clock.now())
    passing.now += 0.005
    assert meter.seconds_left(writes=1) == pytest.approx(0.015)
    assert meter.seconds_left(writes=2) == pytest.approx(0.035)
    passing.now += 1
    assert meter.seconds_left(writes=2) == 0
    assert RoundMeter(None).seconds_left(writes=2) == 0


def test_last_group_begins_a_round_before_the_end(passing: Time) -> None:
    meter = RoundMeter(KNOWN)
    assert not meter.ends_soon(passing.now + 0.021)
    assert meter.ends_soon(passing.now + 0.019)
