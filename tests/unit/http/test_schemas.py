"""Texts in requests: what nobody can see says nothing."""

import pytest
from pydantic import TypeAdapter, ValidationError

from chalicelib.handlers.http.schemas import Category, Line, Memo, Name, Tag, Text

KINDS = {"name": Name, "line": Line, "memo": Memo, "tag": Tag, "category": Category, "text": Text}


@pytest.mark.parametrize("blank", ["\u200b", "\ufeff", "\u3164", "\u2800 \u200d", "\u00a0", " "])
@pytest.mark.parametrize("kind", KINDS)
def test_text_that_shows_nothing_is_refused(kind: str, blank: str) -> None:
    """Else a member of staff could give no reason, and still say that there is one."""
    with pytest.raises(ValidationError, match="blank"):
        TypeAdapter(KINDS[kind]).validate_python(blank)


@pytest.mark.parametrize("seen", ["a\u200db", "\U0001f468\u200d\U0001f469", "e\u0301", "שלום", "."])
@pytest.mark.parametrize("kind", KINDS)
def test_joiners_between_what_is_seen_are_accepted(kind: str, seen: str) -> None:
    assert TypeAdapter(KINDS[kind]).validate_python(seen) == seen
