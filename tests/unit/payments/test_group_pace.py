"""When a request looks for the record of its group, by what the requests before it have met."""

import pytest

from chalicelib.domain.ledger.group_rounds import Rounds
from chalicelib.services.payments import group_pace
from chalicelib.services.payments.group_pace import FIRST_SECONDS, LATER_SHARE, SOONER
from tests.unit.conftest import Time

HOT = "acc_1"


@pytest.fixture(autouse=True)
def nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_pace, "paces", {})


def settle(seconds: float) -> None:
    """Have requests wait so long, until the first look comes about then."""
    while group_pace.first_pause(HOT) < seconds * 0.95:
        group_pace.note_found(HOT, seconds, looks=2)


def test_process_that_remembers_nothing_looks_soon(passing: Time) -> None:
    assert group_pace.first_pause(HOT) == FIRST_SECONDS


def test_look_that_came_too_early_makes_the_next_one_later(passing: Time) -> None:
    group_pace.note_found(HOT, FIRST_SECONDS * 2, looks=2)
    assert group_pace.first_pause(HOT) == pytest.approx(FIRST_SECONDS * (1 + LATER_SHARE))


def test_long_wait_makes_it_half_as_long_again_at_most(passing: Time) -> None:
    group_pace.note_found(HOT, 3.0, looks=9)
    assert group_pace.first_pause(HOT) == pytest.approx(FIRST_SECONDS * 1.5)


def test_looks_that_are_late_enough_come_sooner_the_more_of_them_follow_each_other(passing: Time) -> None:
    settle(0.2)
    before = group_pace.first_pause(HOT)
    group_pace.note_found(HOT, before, looks=1)
    once = group_pace.first_pause(HOT)
    group_pace.note_found(HOT, once, looks=1)
    assert once == pytest.approx(before * SOONER)
    assert group_pace.first_pause(HOT) == pytest.approx(before * SOONER**3)
    group_pace.note_found(HOT, once, looks=2)
    early = group_pace.first_pause(HOT)
    group_pace.note_found(HOT, early, looks=1)
    assert group_pace.first_pause(HOT) == pytest.approx(early * SOONER), "a new row begins"


def test_pause_in_which_nobody_led_is_halved(passing: Time) -> None:
    settle(0.2)
    before = group_pace.first_pause(HOT)
    group_pace.note_in_vain(HOT)
    assert group_pace.first_pause(HOT) == pytest.approx(before / 2)


def test_pause_has_bounds(passing: Time) -> None:
    for _ in range(20):
        group_pace.note_in_vain(HOT)
    assert group_pace.first_pause(HOT) == FIRST_SECONDS
    for _ in range(50):
        group_pace.note_found(HOT, 4.0, looks=9)
    assert group_pace.first_pause(HOT) == 0.6


def test_rounds_are_remembered_with_the_pause_until_the_leader_has_none(passing: Time) -> None:
    assert group_pace.rounds(HOT) is None
    settle(0.1)
    group_pace.note_rounds(HOT, Rounds(0.02, 0.025))
    group_pace.note_found(HOT, 0.1, looks=1)
    group_pace.note_in_vain(HOT)
    assert group_pace.rounds(HOT) == Rounds(0.02, 0.025)
    paused = group_pace.first_pause(HOT)
    group_pace.note_rounds(HOT, None)
    assert (group_pace.rounds(HOT), group_pace.first_pause(HOT)) == (None, paused)


def test_what_was_noted_long_ago_is_forgotten(passing: Time) -> None:
    settle(0.2)
    passing.now += 9.9
    assert group_pace.first_pause(HOT) > FIRST_SECONDS
    passing.now += 0.2
    assert group_pace.first_pause(HOT) == FIRST_SECONDS


def test_accounts_have_paces_of_their_own(passing: Time) -> None:
    settle(0.2)
    assert group_pace.first_pause("acc_2") == FIRST_SECONDS


def test_account_beyond_the_sixty_fourth_has_the_others_forgotten(passing: Time) -> None:
    for number in range(64):
        group_pace.note_found(f"acc_{number}", 0.2, looks=2)
    group_pace.note_found("acc_0", 0.2, looks=2)
    assert all(group_pace.first_pause(f"acc_{number}") > FIRST_SECONDS for number in range(64))
    group_pace.note_found("acc_64", 0.2, looks=2)
    assert list(group_pace.paces) == ["acc_64"]
