"""Names as tokens: the words of a name as they are compared, and the legal forms of companies."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.domain.text import fold_for_search

_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t", "ŀ": "l"}
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_APOSTROPHES = re.compile("['`]")
_TITLES = frozenset("mr mrs ms dr prof".split())
_CONNECTORS = frozenset("and und et".split())
_FORMS = {
    word: form
    for form, words in {
        "limited": "ltd limited",
        "plc": "plc",
        "incorporated": "inc incorporated",
        "corporation": "corp corporation",
        "company": "co company",
        "llc": "llc",
        "llp": "llp",
        "gmbh": "gmbh",
        "ag": "ag",
        "kg": "kg",
        "ohg": "ohg",
        "gbr": "gbr",
        "ug": "ug",
        "ev": "ev",
        "se": "se",
        "sa": "sa",
        "sas": "sas",
        "sarl": "sarl",
        "srl": "srl",
        "spa": "spa",
        "sl": "sl",
        "bv": "bv",
        "nv": "nv",
        "ab": "ab",
        "oy": "oy",
        "oyj": "oyj",
        "aps": "aps",
        "as": "as",
        "sia": "sia",
        "uab": "uab",
        "ou": "ou",
        "kft": "kft",
        "zrt": "zrt",
        "doo": "doo",
        "sro": "sro",
        "spzoo": "spzoo",
    }.items()
    for word in words.split()
}
"""Legal forms by the words that stand for them, as whole tokens at the beginning or the end of a name."""
_ABBREVIATION_TOKENS_MAX = 4


@dataclass(frozen=True)
class Token:
    """A word in the ways in which it is spelt: without accents, and with ä as ae."""

    text: str
    spelt_out: str

    @classmethod
    def of(cls, word: str) -> "Token":
        return cls(_without_accents(word), _without_accents(word.translate(_UMLAUTS)))

    def is_same(self, other: "Token") -> bool:
        return not {self.text, self.spelt_out}.isdisjoint({other.text, other.spelt_out})


@dataclass(frozen=True)
class Reading:
    """A name's tokens in the order in which they were written, and its legal form, if it has one."""

    tokens: tuple[Token, ...]
    form: str | None = None

    @property
    def joined(self) -> str:
        """Return the letters of all tokens."""
        return "".join(token.text for token in self.tokens)


def readings(name: str) -> list[Reading]:
    """Return the ways to read a name: as it is, and with the legal form at its end or beginning taken for one."""
    words = _words(name)
    found = [Reading(_tokens(words))]
    found += [Reading(_tokens(rest), form) for rest, form in _with_form(words)]
    return [reading for reading in found if reading.tokens]


def _words(name: str) -> list[str]:
    folded = unicodedata.normalize("NFC", _APOSTROPHES.sub("", fold_for_search(name)))
    words = "".join(one if one.isalnum() or unicodedata.category(one)[0] == "M" else " " for one in folded).split()
    if len(words) > 2 and words[0] in _TITLES:
        words = words[1:]
    return [word for word in words if word not in _CONNECTORS] or words or folded.split()


def _with_form(words: list[str]) -> Iterator[tuple[list[str], str]]:
    """Yield what is left of a name beside its legal form, which may be written with points: e.V., sp. z o.o."""
    for length in range(1, min(_ABBREVIATION_TOKENS_MAX, len(words) - 1) + 1):
        for part, rest in ((words[-length:], words[:-length]), (words[:length], words[length:])):
            is_abbreviation = length == 1 or all(len(word) <= 2 for word in part)
            form = _FORMS.get(_without_accents("".join(part)))
            if is_abbreviation and form:
                yield rest, form


def _tokens(words: list[str]) -> tuple[Token, ...]:
    return tuple(map(Token.of, words))


def _without_accents(word: str) -> str:
    """Return a word without the accents of Latin, Greek and Cyrillic letters; marks of other scripts are letters."""
    decomposed = unicodedata.normalize("NFD", word.translate(_LETTERS))
    return unicodedata.normalize("NFC", "".join(one for one in decomposed if not "\u0300" <= one <= "\u036f"))
