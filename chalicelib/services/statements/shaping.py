"""Shaping: the glyphs of a text in any script, from left to right, each with its place.

The bidirectional algorithm gives the directions, a run has one direction, script and font, and HarfBuzz shapes it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby, pairwise

import uharfbuzz as hb

from chalicelib.domain.statements.text_direction import levels, visual_order
from chalicelib.services.statements.fallback_fonts import PLACEHOLDER, Face, face_of, faces

SHAPELESS = (("\u200b", "\u200f"), ("\u202a", "\u202e"), ("\u2060", "\u2069"), ("\ufe00", "\ufe0f"))


@dataclass(frozen=True)
class Glyph:
    """A glyph of a font. Lengths are in thousandths of the size of type; `right` and `up` move it from its place."""

    number: int
    advance: float
    right: float
    up: float


@dataclass(frozen=True)
class Cluster:
    """Glyphs that no line break separates, and the characters that they stand for, from place `start` of the text."""

    face: Face
    glyphs: tuple[Glyph, ...]
    text: str
    start: int
    is_right_to_left: bool = False

    @property
    def advance(self) -> float:
        return sum(glyph.advance for glyph in self.glyphs)


@dataclass(frozen=True)
class _Run:
    face: Face | None
    script: str
    level: int
    start: int
    text: str


@lru_cache(4096)
def shape(text: str, is_bold: bool = False, country: str = "") -> tuple[Cluster, ...]:
    """Return the clusters of a line from left to right. Chinese characters look as they do in that country."""
    runs = _runs(text, is_bold, country)
    ordered = (runs[place] for place in visual_order([run.level for run in runs]))
    return tuple(cluster for run in ordered for cluster in _shape_run(run, faces(is_bold, country)[0]))


def _runs(text: str, is_bold: bool, country: str) -> list[_Run]:
    """Split a text where its direction, script or font changes."""
    properties = list(zip(levels(text), _scripts(text), _faces(text, is_bold, country), strict=True))
    runs = []
    start = 0
    for (level, script, face), group in groupby(properties):
        stop = start + len(list(group))
        runs.append(_Run(face, script, level, start, text[start:stop]))
        start = stop
    return runs


def _faces(text: str, is_bold: bool, country: str) -> list[Face | None]:
    """Return the font of each character: that of the one before it, if it has the character.

    A space is always from the first font: that of some fonts is as wide as a symbol.
    """
    found: list[Face | None] = []
    face: Face | None = None
    for sign in text:
        if sign == " " or not (face and (face.has(sign) or _is_joined(sign))):
            face = face_of(sign, is_bold, country)
        found.append(face)
    return found


def _scripts(text: str) -> list[str]:
    """Return the script of each character. Marks, digits and signs have that of what is before them, or after."""
    found: list[str] = []
    script = next(filter(None, map(_script, text)), "Zyyy")
    for sign in text:
        script = _script(sign) or script
        found.append(script)
    return found


@cache
def _script(sign: str) -> str | None:
    """Return a character's script (ISO 15924), None for one that is common to many."""
    buffer = hb.Buffer()
    buffer.add_str(sign)
    buffer.guess_segment_properties()
    script: str | None = buffer.script
    return script


def _is_joined(sign: str) -> bool:
    """Return whether a character has no shape of its own: a joiner, a variation selector, a mark of direction."""
    return any(first <= sign <= last for first, last in SHAPELESS)


def _shape_run(run: _Run, default: Face) -> Iterator[Cluster]:
    face, text = (run.face, run.text) if run.face else (default, PLACEHOLDER * len(run.text))
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.direction = "rtl" if run.level % 2 else "ltr"
    buffer.script = run.script
    buffer.language = "und"
    hb.shape(face.font, buffer)
    scale = 1000 / face.face.upem
    glyphs = zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
    starts = [*sorted({info.cluster for info in buffer.glyph_infos}), len(text)]
    ends = dict(pairwise(starts))
    for start, group in groupby(glyphs, lambda glyph: glyph[0].cluster):
        placed = tuple(
            Glyph(info.codepoint, place.x_advance * scale, place.x_offset * scale, place.y_offset * scale)
            for info, place in group
        )
        yield Cluster(face, placed, run.text[start : ends[start]], run.start + start, run.level % 2 == 1)
