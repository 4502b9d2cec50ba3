"""What a process remembers of the groups of busy accounts."""

import pytest

from chalicelib.domain.ledger.group_rounds import Rounds
from chalicelib.services.payments import known_rounds
from tests.unit.conftest import Time

HOT = "acc_1"
EACH = Rounds(0.05, 0.02, 0.025)


@pytest.fixture(autouse=True)
def nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_rounds, "noted", {})


def test_accounts_have_rounds_of_their_own(passing: Time) -> None:
    known_rounds.note(HOT, EACH)
    assert (known_rounds.of(HOT), known_rounds.of("acc_2")) == (EACH, None)


def test_rounds_are_remembered_until_nobody_can_say(passing: Time) -> None:
    known_rounds.note(HOT, EACH)
    known_rounds.note(HOT, None)
    assert known_rounds.of(HOT) is None
    known_rounds.note(HOT, None)


def test_what_was_noted_long_ago_is_forgotten(passing: Time) -> None:
    known_rounds.note(HOT, EACH)
    passing.now += 9.9
    assert known_rounds.of(HOT) == EACH
    passing.now += 0.2
    assert known_rounds.of(HOT) is None


def test_account_beyond_the_sixty_fourth_has_the_others_forgotten(passing: Time) -> None:
    for number in range(64):
        known_rounds.note(f"acc_{number}", EACH)
    known_rounds.note("acc_0", EACH)
    assert all(known_rounds.of(f"acc_{number}") for number in range(64))
    known_rounds.note("acc_64", EACH)
    assert list(known_rounds.noted) == ["acc_64"]
