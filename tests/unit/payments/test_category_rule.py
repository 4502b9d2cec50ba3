"""Rules of categories: what a text has to say to be meant by one."""

import pytest

from chalicelib.domain.payments.category_rule import CategoryRule, first_match


def rule(contains: str, field: str = "memo") -> CategoryRule:
    return CategoryRule.parse(
        {"id": f"rul_{contains}", "contains": contains, "field": field, "category": "c", "tags": [], "created_at": ""}
    )


@pytest.mark.parametrize(
    ("contains", "memo"),
    [
        ("RENT", "the rent"),
        ("straße", "HAUPTSTRASSE 1"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("caf\u00e9", "CAFE\u0301 Nero"),
        ("cafe\u0301", "Caf\u00e9 Nero"),
        ("\u0439ота", "И\u0306ОТА"),
        ("ISTIKLAL", "ıstıklal"),
        ("i\u0307stanbul", "İSTANBUL kart"),
        ("Sainsbury's", "SAINSBURY’S 42"),
        ("καφές", "ΚΑΦΕΣ"),
    ],
)
def test_letters_match_whatever_their_case_and_however_their_accents_are_written(contains: str, memo: str) -> None:
    found = rule(contains)
    assert first_match([rule("else"), found, rule(contains)], None, memo) is found


def test_an_accent_makes_another_letter() -> None:
    assert not rule("cafe").matches(None, "cafe\u0301")
    assert not rule("caf\u00e9").matches(None, "cafe")
    assert not rule("\u200b").matches(None, "rent")
    assert not rule("rent", "counterparty").matches(None, "rent")


@pytest.mark.parametrize("letter", "aeimnt")
def test_text_that_is_missing_contains_nothing(letter: str) -> None:
    for field in ("memo", "counterparty"):
        assert not rule(letter, field).matches(None, None)
    assert rule(letter, "counterparty").matches(letter, None)
    assert rule(letter).matches(None, letter)
