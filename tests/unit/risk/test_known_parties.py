"""The counterparties of a profile: bounded, and the same in any order of arrival, also of those that come back."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.risk.known_parties import (
    AGE_DAYS_MAX,
    PAIRS_MAX,
    PERIOD_DAYS,
    Known,
    add_meeting,
    is_known,
    read_known,
)
from chalicelib.domain.risk.profile import DAY_SECONDS, Profile

TODAY = 20_700


def known_from(meetings: list[tuple[int, str]]) -> Known:
    known: Known = {}
    for day, party in meetings:
        known = add_meeting(known, party, day)
    return known


@given(st.integers(1, 400), st.sampled_from([2, 64, 97, 300]), st.integers(0, 2**32))
def test_order_of_meetings_is_no_matter_though_parties_are_dropped_and_come_back(
    count: int, parties: int, seed: int
) -> None:
    """However late a meeting is told, and however often."""
    dice = Random(seed)
    meetings = [(TODAY + dice.randint(0, 200), f"party-{dice.randint(1, parties)}") for _ in range(count)]
    told = meetings + dice.choices(meetings, k=10)
    dice.shuffle(told)
    known = known_from(told)
    assert known == known_from(sorted(meetings))
    assert sum(map(len, known.values())) <= PAIRS_MAX


def test_first_day_of_each_period_is_kept() -> None:
    begin = TODAY - TODAY % PERIOD_DAYS
    known = known_from([(begin + 9, "a"), (begin + 4, "a"), (begin + 5, "a"), (begin + PERIOD_DAYS, "a")])
    assert known == {"a": (begin + 4, begin + PERIOD_DAYS)}


def test_party_is_known_from_so_many_days_after_it_was_met() -> None:
    known = {"a": (TODAY - 3,), "b": (TODAY - 2,), "c": (TODAY - 100, TODAY)}
    assert [is_known(known, party, TODAY, 3) for party in ("a", "b", "c", "d")] == [True, False, True, False]


def test_many_strangers_make_an_account_forget_and_so_wary_again() -> None:
    """A thief who floods the account with payees has made the usual ones new, not its own ones known."""
    usual = known_from([(TODAY - 60, "landlord")])
    flooded = known_from([(TODAY - 60, "landlord"), *((TODAY, f"mule-{number}") for number in range(PAIRS_MAX))])
    assert is_known(usual, "landlord", TODAY, 3)
    assert not any(is_known(flooded, party, TODAY, 3) for party in (*flooded, "landlord"))


def test_counterparties_of_older_profiles_are_old_enough() -> None:
    """Those have the second of the last meeting instead of days."""
    known = read_known({"a": TODAY * DAY_SECONDS + 5}, DAY_SECONDS)
    assert is_known(known, "a", TODAY, AGE_DAYS_MAX)
    stored = Profile().to_json() | {"known": {"a": TODAY * DAY_SECONDS}}
    assert is_known(Profile.from_json(stored).known, "a", TODAY, AGE_DAYS_MAX)
    assert not is_known(Profile.from_json(stored).known, "b", TODAY, 1)
