"""Fonts for the characters that Open Sans lacks: the Noto fonts, from two packages of the layer.

Files are mapped into memory when a text first needs them, so a text in Latin, Greek or Cyrillic letters costs nothing.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

import uharfbuzz as hb

NOTO, CJK = "manimgx_fonts", "noto_cjk_sans_otc"
FIRST, LAST = "NotoSans[wght]", ("NotoSansSymbols[wght]", "NotoEmoji[wght]")
UNUSED = "NotoSans-Italic[wght]"
CJK_FACES = {"JP": 0, "KR": 1, "TW": 3, "HK": 4, "MO": 4}
"""Which face of the collection has the Chinese characters as a country writes them; the others: as mainland China."""
SIMPLIFIED_CHINESE = 2
WEIGHTS = {False: 400.0, True: 700.0}
PLACEHOLDER = "\ufffd"


@dataclass(frozen=True, eq=False)
class Face:
    """A font file in one weight. `weight` is None for a file that has one weight only."""

    name: str
    face: hb.Face
    font: hb.Font
    weight: float | None

    def has(self, sign: str) -> bool:
        return bool(self.font.get_nominal_glyph(ord(sign)))


@lru_cache(4096)
def face_of(sign: str, is_bold: bool, country: str) -> Face | None:
    """Return the first font that has a character, or None."""
    return next((face for face in faces(is_bold, country) if face.has(sign)), None)


@cache
def faces(is_bold: bool, country: str) -> tuple[Face, ...]:
    """Return the fonts in the order in which they are asked; one that has the placeholder is the first."""
    folder = _folder(NOTO)
    names = {path.stem for path in folder.glob("*.ttf")} - {FIRST, UNUSED, *LAST}
    noto = {name: _variable(folder / f"{name}.ttf", is_bold) for name in (FIRST, *sorted(names), *LAST)}
    symbols = [noto.pop(name) for name in LAST]
    return (*noto.values(), _cjk(CJK_FACES.get(country, SIMPLIFIED_CHINESE)), *symbols)


@cache
def _variable(path: Path, is_bold: bool) -> Face:
    face = hb.Face(hb.Blob.from_file_path(str(path)))
    font = hb.Font(face)
    font.set_variations({"wght": WEIGHTS[is_bold]})
    return Face(path.stem.split("[")[0] + ("-Bold" if is_bold else ""), face, font, WEIGHTS[is_bold])


@cache
def _cjk(index: int) -> Face:
    face = hb.Face(hb.Blob.from_file_path(str(_folder(CJK) / "NotoSansCJK-Regular.ttc")), index)
    return Face(f"NotoSansCJK-{index}", face, hb.Font(face), None)


def _folder(package: str) -> Path:
    found = find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"{package}, fonts of statements")
    return Path(found.origin).parent
