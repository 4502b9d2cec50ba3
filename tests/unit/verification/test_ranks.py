"""Facts by the moment since which they hold: what may have been known at a time."""

from datetime import timedelta

import pytest

from chalicelib.domain.approvals.ceilings import Authority
from chalicelib.domain.verification.ranks import DISABLED, Ranks, values_around

NONE = timedelta()
HOUR = timedelta(hours=1)
RAISED = [("2026-11-02T00:00:00.000000Z", "a"), ("2026-11-03T00:00:00.000000Z", "b")]


@pytest.mark.parametrize(
    ("at", "grace", "known"),
    [
        ("2026-11-01T00:00:00.000000Z", NONE, [None]),
        ("2026-11-02T00:00:00.000000Z", NONE, [None]),
        ("2026-11-02T00:00:00.000001Z", NONE, ["a"]),
        ("2026-11-03T00:00:00.000000Z", NONE, ["a"]),
        ("2026-11-03T00:00:00.000001Z", NONE, ["b"]),
        ("2026-11-02T00:30:00.000000Z", HOUR, [None, "a"]),
        ("2026-11-02T01:00:00.000000Z", HOUR, [None, "a"]),
        ("2026-11-02T01:00:00.000001Z", HOUR, ["a"]),
        ("2026-11-03T00:30:00.000000Z", HOUR, ["a", "b"]),
        ("2026-11-03T00:30:00.000000Z", 48 * HOUR, [None, "a", "b"]),
        ("2026-11-01T00:00:00.000000Z", HOUR, [None]),
    ],
)
def test_value_holds_after_its_moment_and_may_be_unknown_for_a_grace(
    at: str, grace: timedelta, known: list[str | None]
) -> None:
    assert values_around(RAISED, at, grace) == known


def test_nothing_is_known_where_nothing_was_set() -> None:
    assert values_around([], RAISED[0][0], NONE) == [None]


SET, AT = "2026-11-01T00:00:00.000000Z", "2026-11-02T00:00:00.000000Z"
RANKS = Ranks(
    ((SET, Authority({"teller": {"deposit": {"EUR": 5}}, "manager": {"deposit": {"EUR": 9}}}, is_strict=True)),),
    {"usr_t": [(SET, "teller")], "usr_gone": [(SET, DISABLED)]},
)


@pytest.mark.parametrize(
    ("user_id", "amount", "may"),
    [("usr_t", 5, True), ("usr_t", 6, False), ("usr_gone", 1, False), ("usr_unknown", 10**9, True)],
)
def test_person_does_alone_what_the_ceiling_of_its_role_covers(user_id: str, amount: int, may: bool) -> None:
    assert RANKS.may_alone(user_id, "deposit", amount, "EUR", AT, NONE) is may


def test_person_who_was_promoted_a_moment_ago_may_have_acted_in_either_role() -> None:
    noon, evening = "2026-11-01T12:00:00.000000Z", "2026-11-01T18:00:00.000000Z"
    promoted = Ranks(RANKS.ceilings, {"usr_t": [(SET, "teller"), (noon, "manager")], "usr_new": [(AT, "teller")]})
    assert promoted.may_alone("usr_t", "deposit", 9, "EUR", evening, NONE)
    assert promoted.may_alone("usr_t", "deposit", 9, "EUR", evening, 8 * HOUR)
    assert not promoted.may_alone("usr_t", "deposit", 9, "EUR", noon, NONE)
    assert not promoted.may_alone("usr_t", "deposit", 10, "EUR", evening, 8 * HOUR)
    assert promoted.may_alone("usr_new", "deposit", 9, "EUR", evening, NONE), "nothing is known of that time"


def test_action_without_ceilings_is_in_nobodys_way() -> None:
    assert RANKS.may_alone("usr_gone", "kyc", 0, None, AT, NONE)
    assert not RANKS.may_alone("usr_gone", "standing_order", 1, "EUR", AT, NONE)


def test_ceiling_covers_up_to_itself() -> None:
    assert RANKS.covers("manager", "deposit", 9, "EUR", AT, NONE)
    assert not RANKS.covers("manager", "deposit", 10, "EUR", AT, NONE)
    assert RANKS.covers("manager", "deposit", 10, "EUR", SET, NONE)


def test_person_had_a_role_from_the_moment_on_when_it_was_given() -> None:
    assert RANKS.had_role("usr_t", ["teller", "admin"], AT, NONE)
    assert not RANKS.had_role("usr_t", ["manager"], AT, NONE)
    assert not RANKS.had_role("usr_gone", ["teller"], AT, NONE)
    assert RANKS.had_role("usr_unknown", ["teller"], AT, NONE)
    assert RANKS.had_role("usr_t", ["manager"], SET, NONE)


def test_ranks_are_stored_whole() -> None:
    assert Ranks.from_json(RANKS.to_json()) == RANKS
    assert Ranks.from_json(RANKS.to_json()).ceilings[0][1].is_strict
