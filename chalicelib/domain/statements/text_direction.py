"""The direction of text: the levels of the Unicode Bidirectional Algorithm (UAX #9) for one line. Pure.

Control characters that force a direction are ignored, so no text can make an amount or a name read backwards.
"""

import unicodedata
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import groupby

OPENING = "([{（［｛「『【〈《⟨"
CLOSING = ")]}）］｝」』】〉》⟩"
IGNORED = frozenset({"BN", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
NEUTRAL = frozenset({"B", "S", "WS", "ON"})
RIGHT_TO_LEFT = frozenset({"R", "AL"})


def levels(text: str) -> list[int]:
    """Return the level of each character: even reads from left to right, odd from right to left."""
    kinds = [unicodedata.bidirectional(sign) or "L" for sign in text]
    base = next((int(kind in RIGHT_TO_LEFT) for kind in kinds if kind in {"L", *RIGHT_TO_LEFT}), 0)
    if not base and not any(kind in {"AN", *RIGHT_TO_LEFT} for kind in kinds):
        return [0] * len(text)
    kept = [number for number, kind in enumerate(kinds) if kind not in IGNORED]
    resolved = _resolve_levels([kinds[number] for number in kept], [text[number] for number in kept], base)
    found = [base] * len(text)
    level = base
    by_place = dict(zip(kept, resolved, strict=True))
    for number in range(len(text)):
        level = found[number] = by_place.get(number, level)
    return _with_edges_at_base(found, kinds, base)


def visual_order(levels_of_runs: Sequence[int]) -> list[int]:
    """Return the places of runs from left to right (rule L2)."""
    order = list(range(len(levels_of_runs)))
    for level in range(max(levels_of_runs, default=0), 0, -1):
        places = [levels_of_runs[place] >= level for place in order]
        for start, stop in _runs(places, {True}):
            order[start:stop] = reversed(order[start:stop])
    return order


def _resolve_levels(kinds: list[str], signs: list[str], base: int) -> list[int]:
    """Return the levels of characters (rules W1 to I2)."""
    edge = "R" if base else "L"
    original = list(kinds)
    _resolve_marks(kinds, edge)
    _resolve_numbers(kinds, edge)
    _resolve_brackets(kinds, signs, original, edge)
    _resolve_neutral(kinds, edge)
    rise = {"L": (0, 1), "R": (1, 0), "AN": (2, 1), "EN": (2, 1)}
    return [base + rise[kind][base] for kind in kinds]


def _resolve_marks(kinds: list[str], edge: str) -> None:
    """Resolve marks, numbers after Arabic letters, and these letters, in place (rules W1 to W3)."""
    before = edge
    for place, kind in enumerate(kinds):
        before = kinds[place] = before if kind == "NSM" else kind
    strong = edge
    for place, kind in enumerate(kinds):
        strong = kind if kind in {"L", *RIGHT_TO_LEFT} else strong
        if kind == "EN" and strong == "AL":
            kinds[place] = "AN"
    kinds[:] = ["R" if kind == "AL" else kind for kind in kinds]


def _resolve_numbers(kinds: list[str], edge: str) -> None:
    """Resolve signs beside numbers, and numbers after Latin letters, in place (rules W4 to W7)."""
    for place in range(1, len(kinds) - 1):
        left, kind, right = kinds[place - 1 : place + 2]
        if left == right and ((kind in {"ES", "CS"} and left == "EN") or (kind == "CS" and left == "AN")):
            kinds[place] = left
    for place, stop in _runs(kinds, {"ET"}):
        if "EN" in kinds[max(place - 1, 0) : place] + kinds[stop : stop + 1]:
            kinds[place:stop] = ["EN"] * (stop - place)
    strong = edge
    for place, kind in enumerate(kinds):
        strong = kind if kind in {"L", "R"} else strong
        if kind in {"ES", "ET", "CS"}:
            kinds[place] = "ON"
        elif kind == "EN" and strong == "L":
            kinds[place] = "L"


def _resolve_brackets(kinds: list[str], signs: list[str], original: list[str], edge: str) -> None:
    """Give a pair of brackets the direction of what is in it, or before it (rule N0)."""
    for start, stop in _bracket_pairs(kinds, signs):
        inside = {_strong(kind) for kind in kinds[start + 1 : stop]} - {None}
        if not inside:
            continue
        found = edge
        if edge not in inside:
            found = next((strong for strong in map(_strong, reversed(kinds[:start])) if strong), edge)
        for place in (start, stop):
            kinds[place] = found
            after = place + 1
            while after < len(kinds) and original[after] == "NSM":
                kinds[after] = found
                after += 1


def _bracket_pairs(kinds: list[str], signs: list[str]) -> list[tuple[int, int]]:
    opened: list[tuple[str, int]] = []
    pairs = []
    for place, sign in enumerate(signs):
        if kinds[place] != "ON":
            continue
        if sign in OPENING:
            opened.append((CLOSING[OPENING.index(sign)], place))
        elif any(sign == closing for closing, _ in opened):
            closing, start = opened.pop()
            while closing != sign:
                closing, start = opened.pop()
            pairs.append((start, place))
    return sorted(pairs)


def _resolve_neutral(kinds: list[str], edge: str) -> None:
    """Give spaces and signs the direction of both sides if they agree, else of the line (rules N1 and N2)."""
    for start, stop in _runs(kinds, NEUTRAL):
        left = _strong(kinds[start - 1]) if start else edge
        right = _strong(kinds[stop]) if stop < len(kinds) else edge
        kinds[start:stop] = [left if left and left == right else edge] * (stop - start)


def _strong(kind: str) -> str | None:
    """Return the direction that a resolved kind counts as: numbers as right to left."""
    return {"L": "L", "R": "R", "AN": "R", "EN": "R"}.get(kind)


def _runs(kinds: Sequence[object], wanted: AbstractSet[object]) -> list[tuple[int, int]]:
    """Return where runs of such kinds start and stop."""
    found = []
    start = 0
    for is_wanted, group in groupby(kinds, lambda kind: kind in wanted):
        stop = start + len(list(group))
        if is_wanted:
            found.append((start, stop))
        start = stop
    return found


def _with_edges_at_base(found: list[int], kinds: list[str], base: int) -> list[int]:
    """Set separators, and spaces before them or at the end, to the level of the line (rule L1)."""
    is_edge = True
    for place in range(len(kinds) - 1, -1, -1):
        if kinds[place] in {"B", "S"}:
            is_edge = True
        elif kinds[place] != "WS" and kinds[place] not in IGNORED:
            is_edge = False
        if is_edge:
            found[place] = base
    return found
