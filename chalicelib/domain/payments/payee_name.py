"""Compares the name that a payer gives with the names of an account's holders, as a verification of payee does.

The results are those of the European Payments Council's Verification of Payee scheme rulebook (EPC218-23). Names are
compared by their tokens, in any order: a `match` has the same ones, a `close_match` differs by what people mistype or
leave out.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from chalicelib.domain.payments.name_tokens import Reading, Token, readings

Result = Literal["match", "close_match", "no_match", "not_possible"]
LONG = 5
"""Letters from which on a token with one typo is taken for a mistyped other: short names differ by one letter."""
_RANK: dict[Result, int] = {"match": 0, "close_match": 1, "no_match": 2, "not_possible": 3}


@dataclass(frozen=True)
class Comparison:
    """How well a name fits, and the holder's name that it fits best."""

    result: Result
    name: str | None = None


def compare(given: str, holders: Iterable[str]) -> Comparison:
    """Compare a name with those of all holders; `not_possible` if none is known."""
    found = [Comparison(_best(given, holder), holder) for holder in holders if holder.strip()]
    return min(found, key=lambda one: _RANK[one.result], default=Comparison("not_possible"))


def _best(given: str, holder: str) -> Result:
    results = [_compare(one, other) for one in readings(given) for other in readings(holder)]
    return min(results, key=_RANK.__getitem__, default="no_match")


def _compare(given: Reading, holder: Reading) -> Result:
    if given.form and holder.form and given.form != holder.form:
        return "no_match"
    slips = _slips(given, holder)
    if slips is None:
        return "no_match"
    return "match" if not slips and given.form == holder.form else "close_match"


def _slips(given: Reading, holder: Reading) -> int | None:
    """Return how many slips lie between two names, None if they are other names.

    Allowed are initials, one token that one of both lacks, and one typo in a long token. A whole token must be the
    same, and another one related if a token is lacking. A name of one token may have a typo. The same letters with
    spaces elsewhere are one slip.
    """
    left, other = list(given.tokens), list(holder.tokens)
    same = _take(left, other, Token.is_same)
    if (left or other) and given.joined == holder.joined:
        return 1
    initials = _take(left, other, _is_initial)
    typos = _take(left, other, _is_typo)
    missing = len(left) + len(other)
    is_single = len(given.tokens) == len(holder.tokens) == 1
    if typos > 1 or missing > 1 or not (same or (typos and is_single)):
        return None
    if missing and same + initials + typos < 2:
        return None
    return initials + typos + missing


def _take(left: list[Token], other: list[Token], is_pair: Callable[[Token, Token], bool]) -> int:
    """Take the pairs of tokens that are related out of both lists, and return how many there were."""
    taken = 0
    for token in list(left):
        partner = next((one for one in other if is_pair(token, one)), None)
        if partner is not None:
            left.remove(token)
            other.remove(partner)
            taken += 1
    return taken


def _is_initial(one: Token, other: Token) -> bool:
    short, whole = sorted((one.text, other.text), key=len)
    return len(short) == 1 < len(whole) and whole.startswith(short)


def _is_typo(one: Token, other: Token) -> bool:
    spellings = ((one.text, other.text), (one.spelt_out, other.spelt_out))
    return any(max(len(first), len(second)) >= LONG and _is_one_edit(first, second) for first, second in spellings)


def _is_one_edit(one: str, other: str) -> bool:
    """Return whether one letter too many, too few or wrong, or two swapped neighbours, make the difference."""
    short, whole = sorted((one, other), key=len)
    if len(whole) - len(short) > 1:
        return False
    start = next((place for place, letter in enumerate(short) if letter != whole[place]), len(short))
    if len(short) < len(whole):
        return short[start:] == whole[start + 1 :]
    swapped = whole[:start] + whole[start : start + 2][::-1] + whole[start + 2 :]
    return short in (swapped, whole[:start] + short[start : start + 1] + whole[start + 1 :])
