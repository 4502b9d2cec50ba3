"""Text as it is compared, and as it is seen."""

import unicodedata

BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters by their category that show nothing: the fillers of Hangul."""
_BLANK_SYMBOLS = frozenset("\u2800\ufffc\ufffd")
"""The empty pattern of Braille, and what stands for an object or for a character that is lost."""


def folded(text: str) -> str:
    """Return text for comparison without case or Unicode encoding; folding twice gives the same as once."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def is_blank(character: str) -> bool:
    """Return whether a character shows nothing: a space, a control, format or unassigned character, a filler."""
    return unicodedata.category(character)[0] in "CZ" or character in BLANK_LETTERS | _BLANK_SYMBOLS
