"""How regularly groups are written, and when the next write is over."""

import pytest

from chalicelib.domain.ledger.group_rounds import AGE_SHARE, ROUNDS_MAX, Rounds

EACH = Rounds(0.05, 0.02, 0.025)


@pytest.mark.parametrize(
    ("entry_age", "earliest", "end"),
    [
        (0.0, 0.0, 0.025),
        (0.01, 0.0, 0.015),
        (0.01, 0.015, 0.015),
        (0.01, 0.016, 0.035),
        (0.03, 0.0, 0.015),
        (0.03, 0.041, 0.055),
        (-0.005, 0.0, 0.03),
    ],
)
def test_next_write_is_over_a_number_of_rounds_after_the_last_entry(
    entry_age: float, earliest: float, end: float
) -> None:
    assert EACH.next_end(entry_age, earliest) == pytest.approx(end)


@pytest.mark.parametrize("entry_age", [0.02 * ROUNDS_MAX + 0.001, -0.02 * ROUNDS_MAX - 0.001])
def test_nobody_knows_the_next_write_after_an_entry_of_long_ago_or_of_another_clock(entry_age: float) -> None:
    assert EACH.next_end(entry_age, 0.0) is None


@pytest.mark.parametrize("rounds", [Rounds(0.05, 0.0, 0.02), Rounds(0.05, 0.02, None)])
def test_rounds_without_a_length_and_uneven_ones_say_nothing(rounds: Rounds) -> None:
    assert rounds.next_end(0.0, 0.0) is None


def test_newest_round_counts_for_its_share_and_for_more_in_the_age_of_intents() -> None:
    mixed = EACH.mix(Rounds(0.07, 0.03, 0.015), 0.1)
    assert mixed.age_seconds == pytest.approx(0.05 + 0.02 * 0.1 * AGE_SHARE)
    assert mixed.seconds == pytest.approx(0.02 + 0.01 * 0.1)
    assert mixed.lag_seconds == pytest.approx(0.025 - 0.01 * 0.1)


@pytest.mark.parametrize(("before", "after", "mixed"), [(None, 0.015, 0.015), (0.025, None, None)])
def test_rounds_that_become_even_or_uneven_are_not_mixed(
    before: float | None, after: float | None, mixed: float | None
) -> None:
    assert Rounds(0.05, 0.02, before).mix(Rounds(0.05, 0.02, after), 0.1).lag_seconds == mixed
