"""Compares the name that a payer gives with the names of an account's holders, as a verification of payee does.

The results are those of the European Payments Council's Verification of Payee scheme rulebook (EPC218-23). Unlike that
scheme the bank does not tell the right name after a close match: whoever tries names learns no more than how near one
is.
"""

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Literal

from chalicelib.domain.text import fold_for_search

Result = Literal["match", "close_match", "no_match", "not_available"]
CLOSE = 0.85
"""Share of the letters that two names have in common, in order, from which on one is taken for a mistyped other."""
_RANK: dict[Result, int] = {"match": 0, "close_match": 1, "no_match": 2, "not_available": 3}


def compare(given: str, holders: Iterable[str]) -> Result:
    """Return how well a name fits the best of the holders' names; `not_available` if none is known.

    Order, case and punctuation do not count. A close match is a mistyped name, or one that lacks a middle name or gives
    an initial.
    """
    results = (_compare_words(_words(given), _words(holder)) for holder in holders if holder.strip())
    return min(results, key=_RANK.__getitem__, default="not_available")


def _compare_words(given: list[str], holder: list[str]) -> Result:
    if given == holder:
        return "match"
    if given and _is_abbreviated(given, holder):
        return "close_match"
    likeness = SequenceMatcher(None, " ".join(given), " ".join(holder)).ratio()
    return "close_match" if likeness >= CLOSE else "no_match"


def _is_abbreviated(given: list[str], holder: list[str]) -> bool:
    """Return whether each given word is one of the holder's, or the initial of one, and at least one is whole.

    One word alone may be any first name: it is close to names of two words, and to no longer ones.
    """
    left = list(holder)
    whole = 0
    for word in sorted(given, key=len, reverse=True):
        found = next((one for one in left if one == word or (len(word) == 1 and one.startswith(word))), None)
        if found is None:
            return False
        left.remove(found)
        whole += found == word
    return whole > 0 and len(left) < len(holder) - len(holder) // 3


def _words(name: str) -> list[str]:
    folded = fold_for_search(name)
    return sorted("".join(one if one.isalnum() or not one.isascii() else " " for one in folded).split())
