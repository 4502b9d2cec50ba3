"""Text of others, as it is shown."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.text import TURNING, is_control, visible_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  Ada Lovelace ", "Ada Lovelace"),
        ("Ada\n\tLovelace", "Ada Lovelace"),
        ("Ada\u202e00.1 RUE\u202c", "Ada00.1 RUE"),
        ("\u2066Ada\u2069\u0085\u007f", "Ada"),
        ("\u200b\u2060\u00ad", ""),
        ("\u202e", ""),
        ("\u3164", ""),
        ("مریم‌السادات", "مریم‌السادات"),  # the joiner is part of the spelling
        ("👩‍👩‍👧", "👩‍👩‍👧"),
    ],
)
def test_text_of_others_is_one_line_without_what_controls_its_display(text: str, shown: str) -> None:
    assert visible_line(text) == shown


@given(st.text(st.characters(codec="utf-8")))
def test_no_text_of_others_has_a_control_character_or_another_line(text: str) -> None:
    line = visible_line(text)
    assert not any(map(is_control, line))
    assert TURNING.isdisjoint(line)
    assert not {unicodedata.category(one) for one in line} & {"Zl", "Zp"}
    assert visible_line(line) == line
