"""Reading back: what is left unread would have left no trace."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.risk.known_parties import PAIRS_MAX, PERIOD_DAYS
from chalicelib.domain.risk.profile import DAY_SECONDS, HISTORY_DAYS, RECENT_MAX, Move, Profile, fold
from chalicelib.domain.risk.profile_reach import Reach

START = 20_000 * DAY_SECONDS
PACES = ([0, 30, 7200], [7200, DAY_SECONDS], [DAY_SECONDS, 5 * DAY_SECONDS, 40 * DAY_SECONDS])


def history(dice: Random, count: int, parties: int) -> list[Move]:
    """Movements in their order, at a pace that changes now and then."""
    moved, second, pace, owns = [], START, dice.choice(PACES), 0.2
    for seq in range(1, count + 1):
        if dice.random() < 0.02:
            pace, owns = dice.choice(PACES), dice.choice([0.0, 0.2, 1.0])
        second += dice.choice(pace)
        kind = dice.choice(["transfer", "transfer", "transfer", "cash", "bank"])
        is_own = kind == "transfer" and dice.random() < owns
        party = f"party-{dice.randint(1, parties)}" if kind == "transfer" and not is_own else None
        amount = dice.randint(1, 10**6) * dice.choice([1, -1])
        moved.append(Move("acc_1", f"txn_{seq}", seq, amount, "USD", second, kind, party, is_own))  # type: ignore[arg-type]
    return moved


def read_back(moved: list[Move]) -> list[Move]:
    """As much as is enough, in order."""
    reach, read = Reach(), []
    for move in reversed(moved):
        read.append(move)
        reach.extend(move)
        if reach.is_enough:
            break
    return read[::-1]


@given(st.integers(1, 600), st.sampled_from([3, 63, 64, 90, 500]), st.integers(0, 2**32))
def test_what_is_read_makes_the_same_profile_as_everything(count: int, parties: int, seed: int) -> None:
    moved = history(Random(seed), count, parties)
    read = read_back(moved)
    assert fold(Profile(seen_to=read[0].seq - 1), read) == fold(Profile(), moved)


def test_a_shop_is_read_back_to_the_day_before_its_ninety() -> None:
    days = 300
    sales = [
        Move("acc_1", f"txn_{seq}", seq, 500, "USD", START + seq * DAY_SECONDS // 10, "transfer", f"party-{seq % 200}")
        for seq in range(1, 10 * days + 1)
    ]
    read = read_back(sales)
    assert read[0].day == sales[-1].day - HISTORY_DAYS
    assert len(read) <= 10 * HISTORY_DAYS + 10


@pytest.mark.parametrize("parties", [1, PAIRS_MAX // (4 * RECENT_MAX // PERIOD_DAYS + 1)])
def test_whom_an_account_has_ever_dealt_with_is_looked_for_to_the_beginning(parties: int) -> None:
    """As long as the counterparties of all periods are not more than are kept."""
    met = [
        Move("acc_1", f"txn_{seq}", seq, 500, "USD", START + seq * DAY_SECONDS, "transfer", f"party-{seq % parties}")
        for seq in range(1, 4 * RECENT_MAX)
    ]
    assert read_back(met) == met
