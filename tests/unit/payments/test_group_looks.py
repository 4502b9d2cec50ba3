"""When a request of a busy account looks for its record."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

import pytest

from chalicelib import clock
from chalicelib.domain.ledger.group_rounds import Rounds
from chalicelib.domain.time import timestamp
from chalicelib.models.ledger.crowd import AccountIsHot
from chalicelib.services.payments import group_pace
from chalicelib.services.payments.group_looks import AGAIN_SECONDS, AIMED_LOOKS, LOOK_SECONDS, MARGIN_SECONDS, Looks
from chalicelib.services.payments.group_pace import FIRST_SECONDS
from tests.small_bank import NOON
from tests.unit.conftest import Time

HOT = "acc_1"
ROUNDS = Rounds(0.02, 0.025)
AIM = MARGIN_SECONDS - LOOK_SECONDS
"""From the end of a write to the look for what it has."""


@pytest.fixture(autouse=True)
def nothing_is_remembered(passing: Time, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(group_pace, "paces", {})
    began = passing.now
    clock.set_clock(lambda: NOON + timedelta(seconds=passing.now - began))
    yield
    clock.set_clock(None)


def look_times(passing: Time, entry_age: float | None, looks: int, until: float = 1e9) -> list[float]:
    """Return the seconds from the intent to each of so many looks, none of which finds anything."""
    last_entry_at = None if entry_age is None else timestamp(NOON - timedelta(seconds=entry_age))
    began = passing.now
    times = list[float]()
    for pause in islice(Looks(AccountIsHot(HOT, None, last_entry_at), until).pauses(), looks):
        passing.sleep(pause)
        times.append(passing.now - began)
    return times


def test_process_that_knows_no_rounds_looks_after_its_pause(passing: Time) -> None:
    assert look_times(passing, 0.01, 1) == [pytest.approx(FIRST_SECONDS * 1.1)]


def test_account_without_entries_has_no_rounds(passing: Time) -> None:
    group_pace.note_rounds(HOT, ROUNDS)
    assert look_times(passing, None, 1) == [pytest.approx(FIRST_SECONDS * 1.1)]


def test_looks_come_right_after_writes_the_first_of_which_may_have_the_record(passing: Time) -> None:
    """The account's last entry is 5 ms old: writes are over in 20 ms, 40, 60. The first one has older intents."""
    group_pace.note_rounds(HOT, ROUNDS)
    found = look_times(passing, 0.005, AIMED_LOOKS)
    ends = (0.04, 0.04 + AGAIN_SECONDS, 0.06)
    assert found == [pytest.approx(seconds + AIM, abs=1e-5) for seconds in ends]


def test_request_looks_no_earlier_than_those_before_it_have_found_their_records(passing: Time) -> None:
    """Many wait for a place in a group."""
    for _ in range(50):
        group_pace.note_found(HOT, 0.1, looks=2)
    group_pace.note_rounds(HOT, ROUNDS)
    assert look_times(passing, 0.01, 1) == [pytest.approx(0.115 + AIM, abs=1e-5)]


def test_request_that_has_waited_for_several_writes_looks_less_often(passing: Time) -> None:
    group_pace.note_rounds(HOT, ROUNDS)
    found = look_times(passing, 0.01, AIMED_LOOKS + 10)
    pauses = [after - before for before, after in zip(found[AIMED_LOOKS:], found[AIMED_LOOKS + 1 :], strict=False)]
    assert pauses == sorted(pauses)
    assert pauses[-1] > 0.1


def test_entry_of_a_clock_that_is_far_ahead_says_nothing(passing: Time) -> None:
    group_pace.note_rounds(HOT, ROUNDS)
    assert look_times(passing, -5.0, 1) == [pytest.approx(FIRST_SECONDS * 1.1)]


def test_looks_end_with_the_time_of_the_request(passing: Time) -> None:
    found = look_times(passing, None, 100, until=passing.now + 4)
    assert found[-1] == pytest.approx(4)
    assert len(found) < 40
