"""Text as it is compared, and as it is seen."""

import unicodedata
from collections.abc import Iterator

BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters by their category that show nothing: the fillers of Hangul."""
_BLANK_SYMBOLS = frozenset("\u2800\ufffc\ufffd")
"""The empty pattern of Braille, and what stands for an object or for a character that is lost."""

TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn the direction of text around: what is read would not be what is written."""

_SAME = str.maketrans(
    {
        **dict.fromkeys("’‘‛`´′ʹʻʼʽʾʿˈ՚׳ꞌ", "'"),
        **dict.fromkeys("“”„″״", '"'),
        **dict.fromkeys("‐‑‒–—―−⁃־", "-"),
        **dict.fromkeys("‧∙•・", "·"),
        "ı": "i",
        "ş": "ș",
        "ţ": "ț",
        "ی": "ي",
        "ک": "ك",
        "ـ": "",
    }
)
"""Characters that are typed for one another: on other keyboards, or by a program that corrects what is typed."""
_GREEK_ACCENTS = frozenset("\u0300\u0301\u0313\u0314\u0342")
"""Capitals are written without them."""


def fold_case(text: str) -> str:
    """Return text for comparison without case or Unicode encoding; folding twice gives the same as once."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def fold_for_search(text: str) -> str:
    """Return text for a search: as `fold_case`, and without what two people type differently.

    Case is that of all languages: I, ı, İ and i are one letter, and Greek capitals have no accents. Apostrophes are one
    character, as are hyphens. Characters that nobody sees are left out. Other accents count. Folding twice gives the
    same as once.
    """
    if text.isascii():
        return text.lower().replace("`", "'")
    typed = fold_case(text.translate(_SAME)).translate(_SAME)
    return fold_case("".join(_counting(unicodedata.normalize("NFD", typed))))


def _counting(decomposed: str) -> Iterator[str]:
    """Yield the characters that count, of text in which marks follow their letters."""
    letter = ""
    for character in decomposed:
        if is_invisible(character) or _is_case(letter, character):
            continue
        if not unicodedata.combining(character):
            letter = character
        yield character


def _is_case(letter: str, mark: str) -> bool:
    """Return whether a letter has a mark in one case only: the dot of i, and the accents of Greek."""
    if mark == "\u0307":
        return letter in ("i", "j")
    return mark in _GREEK_ACCENTS and unicodedata.name(letter, "").startswith("GREEK")


def is_invisible(character: str) -> bool:
    """Return whether a character only tells a program how to show others: joiners, directions, variants."""
    is_variant = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return is_variant or unicodedata.category(character) == "Cf"


def is_blank(character: str) -> bool:
    """Return whether a character shows nothing: a space, a control, format or unassigned character, a filler."""
    return unicodedata.category(character)[0] in "CZ" or character in BLANK_LETTERS | _BLANK_SYMBOLS


def is_control(character: str) -> bool:
    """Return whether a character has no place in a line of text: control characters, halves of pairs, turning signs."""
    return unicodedata.category(character) in ("Cc", "Cs") or character in TURNING


def visible_line(text: str) -> str:
    """Return text of others as one line without control characters, and "" if nothing of it can be seen."""
    if text.isascii() and text.isprintable():
        return text.strip()
    line = "".join(one for one in " ".join(text.split()) if not is_control(one)).strip()
    return "" if all(map(is_blank, line)) else line
