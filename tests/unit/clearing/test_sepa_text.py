"""Text that leaves the bank is in SEPA's Latin set."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.clearing.sepa_text import sepa_text


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("Jānis Bērziņš", "Janis Berzins"),
        ("Müller & Söhne", "Muller + Sohne"),
        ("Ελένη", "Eleni"),
        ("Щербакова", "Shcherbakova"),
        ("a_b;c", "a-b,c"),
        ("<b>@x</b>", ".b..x./b."),
        ("//ref//1/", "ref/1"),
        (" two\n lines\t", "two lines"),
        ("", "NOTPROVIDED"),
        ("/", "NOTPROVIDED"),
    ],
)
def test_text_is_transliterated(text: str, latin: str) -> None:
    assert sepa_text(text, 70) == latin


@given(st.text(), st.integers(11, 140))
def test_any_text_is_allowed_and_short_enough(text: str, length: int) -> None:
    latin = sepa_text(text, length)
    assert re.fullmatch(r"[A-Za-z0-9/\-?:().,'+ ]+", latin)
    assert 0 < len(latin) <= length
    assert not latin.startswith("/")
    assert "//" not in latin
    assert sepa_text(latin, length) == latin
