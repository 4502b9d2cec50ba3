"""Passwords and PINs that are tried first: common ones, what is known of their owner, repetitions and runs.

NIST SP 800-63B, 5.1.1.2: compare a new password with common, repetitive and sequential ones, and with words of its
context. A rule on kinds of characters is what the same section advises against.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise, permutations
from pathlib import Path

from chalicelib.domain.text import fold_case

EXTRA_CHARACTERS_MAX = 4
"""A word with so few characters added is no better than the word: `password2026` is one of the first guesses."""
UNIT_LENGTH_MAX = 4
WORD_LENGTH_MIN = 3
COMMON = Path(__file__).with_name("common_passwords.txt")
"""The 20,000 commonest of leaked passwords (Royce Williams, in Django's distribution, BSD licence), without those too
short to be the greater part of a password here."""


def weakness(password: str, own_words: Sequence[str] = ()) -> str | None:
    """Return what is wrong with a new password, or None. `own_words`: names and addresses of its user."""
    found = _weakness(password, own_words)
    return f"{found}; choose several words that nobody expects together" if found else None


def _weakness(password: str, own_words: Sequence[str]) -> str | None:
    text = fold_case(password)
    unit = _unit(text)
    if len(unit) <= UNIT_LENGTH_MAX:
        return "repeats the same few characters"
    if _is_run(text):
        return "is a run of neighbouring characters"
    if any(core in _common() for core in {*_cores(text), unit}):
        return "is one of the passwords that are tried first"
    if any(_is_mostly(word, one) for word in _own(own_words) for one in (text, unit)):
        return "is hardly more than your own name or e-mail address"
    return None


def pin_weakness(pin: str, birth_date: str | None) -> str | None:
    """Return what is wrong with a new PIN of an owner born on that date (ISO 8601), or None."""
    if len(_unit(pin)) <= len(pin) // 2:
        return "repeats its digits; choose another"
    if _is_run(pin):
        return "is a run of digits; choose another"
    if birth_date and pin in _of_date(*birth_date.split("-")):
        return "is taken from the owner's date of birth; choose another"
    return None


def _of_date(year: str, month: str, day: str) -> set[str]:
    """Return what is written of a date: its year, and two or three of its parts in any order."""
    parts = ((day, month, year), (day, month, year[2:]))
    orders = (order for three in parts for size in (2, 3) for order in permutations(three, size))
    return {year, *("".join(order) for order in orders)}


@cache
def _common() -> frozenset[str]:
    return frozenset(COMMON.read_text().splitlines())


def _unit(text: str) -> str:
    """Return the shortest beginning of which the text is a repetition, the last one perhaps cut short."""
    return next(text[:size] for size in range(1, len(text) + 1) if text[size:] == text[: len(text) - size])


def _is_run(text: str) -> bool:
    """Return whether each character is the next one, or each the one before; 0 follows 9."""
    steps = {_step(former, latter) for former, latter in pairwise(text)}
    return steps in ({1}, {-1})


def _step(former: str, latter: str) -> int:
    turns = {"90": 1, "09": -1}
    return turns.get(former + latter, ord(latter) - ord(former))


def _cores(text: str) -> Iterable[str]:
    """Return the text without up to so many of its first and last characters together."""
    for left in range(EXTRA_CHARACTERS_MAX + 1):
        for right in range(EXTRA_CHARACTERS_MAX + 1 - left):
            yield text[left : len(text) - right]


def _own(words: Sequence[str]) -> set[str]:
    """Return the words as they occur in a password: names in both orders, an address also without its domain."""
    bare = [_bare(word) for word in words]
    local_parts = [_bare(word.rpartition("@")[0]) for word in words if "@" in word]
    pairs = [former + latter for former in bare for latter in bare if former != latter]
    return {word for word in [*bare, *local_parts, *pairs] if len(word) >= WORD_LENGTH_MIN}


def _is_mostly(word: str, text: str) -> bool:
    bare = _bare(text)
    return word in bare and len(bare) - len(word) <= EXTRA_CHARACTERS_MAX


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, fold_case(text)))
