"""The bidirectional algorithm, by cases of Unicode's own tests."""

from pathlib import Path

import pytest

from chalicelib.domain.statements.text_direction import levels, visual_order

CASES = Path(__file__).with_name("bidi_cases.txt")


def drawn(text: str) -> str:
    """A text as it is seen from left to right."""
    return "".join(text[place] for place in visual_order(levels(text)))


def test_levels_are_those_of_the_conformance_tests_of_unicode() -> None:
    cases = [line.split(";") for line in CASES.read_text().splitlines() if not line.startswith("#")]
    assert len(cases) == 400
    wrong = []
    for points, wanted in cases:
        found = levels("".join(chr(int(point, 16)) for point in points.split()))
        asked = zip(found, wanted.split(), strict=True)
        if any(level != "x" and int(level) != got for got, level in asked):
            wrong.append((points, wanted, found))
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Rent אבג 12.50 due", "Rent 12.50 גבא due"),
        ("אבג 12.50 ABC", "ABC 12.50 גבא"),
        ("Ada Lovelace", "Ada Lovelace"),
        ("", ""),
    ],
)
def test_numbers_and_latin_words_keep_their_order_among_hebrew_ones(text: str, seen: str) -> None:
    assert drawn(text) == seen


@pytest.mark.parametrize("control", ["\u202e", "\u202d", "\u202b", "\u2067", "\u2066"])
def test_control_characters_cannot_turn_an_amount_around(control: str) -> None:
    assert set(levels(f"{control}00.001 paid")) == {0}
