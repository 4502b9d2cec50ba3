"""Words in names and texts that say how the clearing treats a payment."""

import pytest

from clearing_bank.behaviour import Behaviour, behaviour_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ben Okafor", Behaviour()),
        ("accept", Behaviour()),
        ("reject:AC04", Behaviour("reject", "AC04")),
        ("Ben reject:ac04 Okafor", Behaviour("reject", "AC04")),
        ("silent", Behaviour("silent", unanswered=None)),
        ("silent:2", Behaviour("silent", unanswered=2)),
        ("late:30", Behaviour("late", seconds=30)),
        ("late:999", Behaviour("late", seconds=900)),
        ("return:2:MD07", Behaviour("return", "MD07", days=2)),
        ("duplicate-status", Behaviour("duplicate-status")),
        ("recall:refuse", Behaviour("refuse-recall", "CUST")),
        ("recall:accept", Behaviour()),
        ("recall:silent", Behaviour("silent-recall")),
        ("recall:refused", Behaviour()),
        ("recall:refuse:LEGL", Behaviour("refuse-recall", "LEGL")),
        ("Silentia Translate", Behaviour()),
        ("reject:AC0", Behaviour()),
        ("late:30:x", Behaviour()),
        ("not-silent", Behaviour()),
        ("", Behaviour()),
        (None, Behaviour()),
    ],
)
def test_the_word_is_found_as_a_whole(text: str | None, expected: Behaviour) -> None:
    assert behaviour_of(text) == expected


def test_the_first_text_with_a_word_counts() -> None:
    assert behaviour_of("Ben", "late:5").seconds == 5
    assert behaviour_of("Ben reject:AC01", "late:5").kind == "reject"


def test_silence_ends_after_as_many_messages_as_it_says() -> None:
    assert [behaviour_of("silent:2").answers(asked) for asked in range(4)] == [False, False, True, True]
    assert not behaviour_of("silent").answers(99)
    assert behaviour_of("Ben").answers(0)
