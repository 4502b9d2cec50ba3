"""Rules for personal details: names, national ids, dates of birth."""

import re
import unicodedata
from datetime import date

from chalicelib.domain.text import BLANK_LETTERS

AGE_YEARS_MAX = 120
APOSTROPHES = "'’‘"
HYPHENS = "-‐‑־"
_OTHER_SIGNS = " .·・׳״་"
"""As in Mary Ann, Jr., Gal·la, ジョン・スミス, and the marks of Hebrew and Tibetan."""
_JOINERS = "\u200c\u200d"
"""Invisible, but Persian and Indic names are spelt with them; between letters only."""
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NATIONAL_ID = re.compile(r"(?=.{4,40}$)[A-Za-z0-9]+([ ./-][A-Za-z0-9]+)*")


def name(text: str) -> str:
    """Return a person's name in Unicode's composed form. Raises ValueError with a message for the client.

    Names are as short, long and many as they are, in any script; what no name has are digits, control characters, and
    signs that turn its direction or hide in it.
    """
    composed = unicodedata.normalize("NFC", text)
    if not all(_is_letter(one) or one in APOSTROPHES + HYPHENS + _OTHER_SIGNS + _JOINERS for one in composed):
        raise ValueError("must be a name: letters of any script, spaces, hyphens, apostrophes and full stops")
    if not composed.lstrip(APOSTROPHES) or unicodedata.category(composed.lstrip(APOSTROPHES)[0])[0] != "L":
        raise ValueError("must begin with a letter")
    if composed[-1] in f" {_JOINERS}" or "  " in composed:
        raise ValueError("must not end with a space, nor have two in a row")
    return composed


def national_id(text: str) -> str:
    """Return a national id in normal form. Raises ValueError for text that cannot be one."""
    if not _NATIONAL_ID.fullmatch(text):
        raise ValueError("must be 4 to 40 letters and digits, which single spaces, hyphens, dots or slashes may part")
    return text.upper()


def birth_date(text: str, today: date) -> date:
    """Return a date of birth. Raises ValueError, with a message for the client, outside of the last 120 years."""
    if not _DATE.fullmatch(text):
        raise ValueError("must be a date such as 1990-12-31")
    try:
        born = date.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a date that exists") from None
    if born >= today:
        raise ValueError("must be in the past")
    if (today.year - born.year, today.month, today.day) > (AGE_YEARS_MAX, born.month, born.day):
        raise ValueError(f"must be within the last {AGE_YEARS_MAX} years")
    return born


def _is_letter(character: str) -> bool:
    """Return whether a character is a letter, or a mark on a letter."""
    return unicodedata.category(character)[0] in "LM" and character not in BLANK_LETTERS
