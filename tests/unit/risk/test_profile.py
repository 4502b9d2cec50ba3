"""Profiles: whatever the order, the batches and the redeliveries, the same movements leave the same profile."""

import json
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.risk.known_parties import PAIRS_MAX
from chalicelib.domain.risk.profile import (
    AHEAD_MAX,
    DAY_SECONDS,
    HISTORY_DAYS,
    RECENT_MAX,
    RECENT_SECONDS,
    Day,
    Move,
    Profile,
    fold,
    token,
)

START = 20_000 * DAY_SECONDS


def move(seq: int, amount: int = -1000, second: int = START, **also: Any) -> Move:
    moved = Move("acc_1", f"txn_{seq}", seq, amount, "USD", second, "transfer", "somebody")
    return replace(moved, **also)


def history(count: int, dice: Random) -> list[Move]:
    """Movements of an account in their order, close together or months apart."""
    moved, second = [], START
    for seq in range(1, count + 1):
        second += dice.choice([0, 30, 7200, DAY_SECONDS, 5 * DAY_SECONDS, 40 * DAY_SECONDS])
        kind = dice.choice(["transfer", "transfer", "cash", "bank"])
        is_own = kind == "transfer" and dice.random() < 0.2
        counterparty = f"party-{dice.randint(0, 90)}" if kind == "transfer" and not is_own else None
        amount = dice.randint(1, 10**9) * dice.choice([1, -1])
        moved.append(move(seq, amount, second, kind=kind, counterparty=counterparty, is_own=is_own))
    return moved


@given(st.integers(1, AHEAD_MAX), st.integers(0, 2**32))
def test_order_batches_and_redelivery_are_no_matter(count: int, seed: int) -> None:
    """Up to as many as may overtake another, in any order, some of them again, in batches of any size."""
    dice = Random(seed)
    moved = history(count, dice)
    delivered = moved + dice.choices(moved, k=10)
    dice.shuffle(delivered)
    profile = Profile()
    while delivered:
        size = dice.randint(1, len(delivered))
        profile = Profile.from_json(json.loads(json.dumps(fold(profile, delivered[:size]).to_json())))
        delivered = delivered[size:]
    assert profile == fold(Profile(), moved)


@pytest.mark.parametrize("seed", range(5))
def test_it_stays_bounded_and_knows_late_ones_by_a_little(seed: int) -> None:
    """Longer than all that is kept; neighbours may change places."""
    dice = Random(seed)
    second, moved = START, []
    for seq in range(1, 401):
        second += dice.randint(0, 3 * DAY_SECONDS if seq < 300 else DAY_SECONDS // 10)
        moved.append(move(seq, -seq, second, counterparty=f"party-{seq % 97}"))
    shuffled = [one for start in range(0, len(moved), 8) for one in dice.sample(moved[start : start + 8], 8)]
    profile = fold(Profile(), shuffled)
    assert profile == fold(Profile(), moved)
    assert len(profile.recent) == RECENT_MAX
    assert sum(map(len, profile.known.values())) == PAIRS_MAX
    assert len(profile.days) <= HISTORY_DAYS
    assert all(second - one.second < RECENT_SECONDS for one in profile.recent)
    assert (profile.seen_to, profile.seen_ahead) == (len(moved), ())
    assert len(json.dumps(profile.to_json(), separators=(",", ":"))) < 8 * 1024


def test_days_say_what_came_in_and_went_out() -> None:
    profile = fold(Profile(), [move(1, 500), move(2, -1024), move(3, -4096)])
    assert profile.days == {20_000: Day(1, 500, 2, 5120, 4096, 22_000, 10_000**2 + 12_000**2)}


def test_what_the_bank_does_leaves_no_trace_but_its_number() -> None:
    assert fold(Profile(), [move(1, 500, kind="bank")]) == Profile(seen_to=1)


def test_own_transfers_are_signs_of_life_and_nothing_else() -> None:
    profile = fold(Profile(), [move(1, -500, counterparty=None, is_own=True)])
    assert profile == Profile(seen_to=1, days={20_000: Day()})


def test_an_account_that_was_old_when_profiles_began_is_followed_all_the_same() -> None:
    profile = fold(Profile(), [move(seq) for seq in range(5001, 5001 + 2 * AHEAD_MAX)])
    assert profile.seen_to == 5000 + 2 * AHEAD_MAX
    assert profile.days[20_000].out_count == 2 * AHEAD_MAX


def test_a_counterparty_has_another_name_in_every_profile() -> None:
    assert token("acc_1", "acc_3") != token("acc_2", "acc_3")
    assert token("acc_1", "acc_3") == token("acc_1", "acc_3")
    assert "acc" not in token("acc_1", "acc_3")
