"""When a request of a busy account looks for its record."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice, pairwise

import pytest

from chalicelib import clock
from chalicelib.domain.ledger.group_rounds import Rounds
from chalicelib.domain.time import timestamp
from chalicelib.models.ledger.crowd import AccountIsHot
from chalicelib.services.payments import known_rounds
from chalicelib.services.payments.group_looks import (
    AGAIN_SECONDS,
    AIMED_LOOKS,
    FIRST_SECONDS,
    LATER_SPREAD,
    LOOK_SECONDS,
    MARGIN_SECONDS,
    PAUSE_SECONDS_MAX,
    ROUNDS_LATER,
    SPREAD,
    STORED_SECONDS,
    UNKNOWN_SHARE,
    WAITED_SHARE,
    Looks,
)
from tests.small_bank import NOON
from tests.unit.conftest import Time

HOT = "acc_1"
EVEN = Rounds(0.04, 0.02, 0.025)
UNEVEN = Rounds(0.2, 0.1, None)
AIM = MARGIN_SECONDS - LOOK_SECONDS
"""From the end of a write to the look for what it has."""
LONGEST, LONGEST_LATER = 1 + SPREAD, 1 + LATER_SPREAD
"""Of a pause, as this clock has them."""


@pytest.fixture(autouse=True)
def nothing_is_remembered(passing: Time, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(known_rounds, "noted", {})
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


def test_process_that_knows_nothing_looks_soon_and_then_less_and_less_often(passing: Time) -> None:
    found = look_times(passing, 0.01, 8)
    assert found[0] == pytest.approx(FIRST_SECONDS * LONGEST)
    pauses = [after - before for before, after in pairwise(found)]
    wanted = [min(max(FIRST_SECONDS, one * UNKNOWN_SHARE) * LONGEST_LATER, PAUSE_SECONDS_MAX) for one in found[:-1]]
    assert pauses == pytest.approx(wanted)


def test_looks_come_right_after_writes_the_first_of_which_may_have_the_record(passing: Time) -> None:
    """The account's last entry is 5 ms old: writes are over in 20 ms, 40, 60. The first one has older intents."""
    known_rounds.note(HOT, EVEN)
    found = look_times(passing, 0.005, AIMED_LOOKS)
    ends = (0.04, 0.04 + AGAIN_SECONDS, 0.06)
    assert found == [pytest.approx(seconds + AIM, abs=1e-5) for seconds in ends]


def test_request_that_many_wait_before_looks_when_its_intent_is_old_enough(passing: Time) -> None:
    known_rounds.note(HOT, Rounds(0.1, 0.02, 0.025))
    assert look_times(passing, 0.01, 1) == [pytest.approx(0.095 + AIM, abs=1e-5)]


def test_second_look_waits_for_an_intent_that_is_not_old_enough_by_now(passing: Time) -> None:
    """More have come meanwhile."""
    known_rounds.note(HOT, EVEN)
    looks = Looks(AccountIsHot(HOT, None, timestamp(NOON)), 1e9).pauses()
    passing.sleep(next(looks))
    known_rounds.note(HOT, Rounds(0.1, 0.02, 0.025))
    began = passing.now
    passing.sleep(next(looks))
    assert passing.now - began > 2 * EVEN.seconds


@pytest.mark.parametrize(("rounds", "entry_age"), [(UNEVEN, 0.01), (UNEVEN, None), (EVEN, None), (EVEN, -5.0)])
def test_request_looks_in_the_round_after_its_intent_is_old_enough_if_nobody_knows_when_a_write_ends(
    passing: Time, rounds: Rounds, entry_age: float | None
) -> None:
    """Rounds differ, or the account has no entry yet, or one of a clock that is far ahead."""
    known_rounds.note(HOT, rounds)
    [found] = look_times(passing, entry_age, 1)
    old_enough = rounds.age_seconds - STORED_SECONDS
    assert found == pytest.approx((old_enough + rounds.seconds * ROUNDS_LATER) * LONGEST)


def test_request_whose_record_comes_late_looks_less_and_less_often(passing: Time) -> None:
    known_rounds.note(HOT, UNEVEN)
    found = look_times(passing, None, 10)
    for before, after in pairwise(found):
        pause = max(UNEVEN.seconds * ROUNDS_LATER, before * WAITED_SHARE) * LONGEST_LATER
        assert after - before == pytest.approx(min(pause, PAUSE_SECONDS_MAX))


def test_request_that_must_wait_long_looks_meanwhile_whether_that_is_still_so(passing: Time) -> None:
    known_rounds.note(HOT, Rounds(3.0, 0.1))
    assert look_times(passing, None, 3) == pytest.approx([PAUSE_SECONDS_MAX * number for number in (1, 2, 3)])


def test_request_goes_by_what_its_last_look_has_read(passing: Time) -> None:
    known_rounds.note(HOT, Rounds(3.0, 0.1))
    looks = Looks(AccountIsHot(HOT, None), 1e9).pauses()
    passing.sleep(next(looks))
    known_rounds.note(HOT, Rounds(0.55, 0.02))
    assert next(looks) < 0.1


def test_looks_end_with_the_time_of_the_request(passing: Time) -> None:
    found = look_times(passing, None, 100, until=passing.now + 4)
    assert found[-1] == pytest.approx(4)
    assert len(found) < 20
