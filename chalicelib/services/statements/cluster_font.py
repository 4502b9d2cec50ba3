"""The fonts that a PDF gets for its shaped texts: one character code for each cluster, drawn by outlines (Type 3).

A code is as wide as HarfBuzz says and stands for exactly the characters of its cluster. So the text that a reader
copies, searches or hears is the given one. A font of glyphs cannot say so: in Arabic or Devanagari one glyph serves
several characters, and several glyphs make one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from math import ceil, floor
from typing import Any

from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas

from chalicelib.services.statements.fallback_fonts import Face
from chalicelib.services.statements.shaping import Cluster

Point = tuple[float, float]
CODES_MAX = 255
CHARACTERS_MAX = 16
M_WIDTH = 600.0
UP_MAX = 600.0
"""No mark is moved further up or down: a pile of marks must not reach the rows beside its own."""
MAP_LINES_MAX = 100
"""As many as one block of a CMap may have."""
UNICODE_MAP = """/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CMapName /Florin def /CMapType 2 def
1 begincodespacerange <00> <FF> endcodespacerange
{}
endcmap CMapName currentdict /CMap defineresource pop end end
"""


class ClusterFonts:
    """The fonts of one document, beside those that ReportLab embeds; each has as many clusters as there are codes."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas: Any = canvas
        self._fonts: list[ClusterFont] = []
        self._codes: dict[object, tuple[str, int]] = {}

    def draw(self, x: float, y: float, clusters: Iterable[Cluster], size: float) -> None:
        """Draw clusters from left to right, in the colour that is set."""
        code = [f"BT 1 0 0 1 {x:.3f} {y:.3f} Tm"]
        for font, group in groupby(map(self._code, _split(clusters)), lambda coded: coded[0]):
            code.append(f"/{font} {size:.3f} Tf <{bytes(number for _, number in group).hex()}> Tj")
        self._canvas.addLiteral("\n".join([*code, "ET"]))

    def _code(self, cluster: Cluster) -> tuple[str, int]:
        """Return the name of the font that has a cluster, and the code in it."""
        key = (cluster.face, cluster.glyphs, cluster.text)
        if key not in self._codes:
            if not self._fonts or self._fonts[-1].is_full:
                self._fonts.append(ClusterFont(f"N{len(self._fonts)}"))
                self._canvas._doc.delayedFonts.append(self._fonts[-1])  # noqa: SLF001 - as its own fonts do
            self._codes[key] = self._fonts[-1].name, self._fonts[-1].add(cluster)
        return self._codes[key]


def _split(clusters: Iterable[Cluster]) -> Iterator[Cluster]:
    """Split clusters of many characters: one piece draws all, the others tell characters and draw nothing.

    Programs that read a text turn what runs from right to left around, code by code, so there every mark has its own.
    """
    for cluster in clusters:
        length = 1 if cluster.is_right_to_left else CHARACTERS_MAX
        first, *others = (cluster.text[start : start + length] for start in range(0, len(cluster.text), length))
        pieces = [replace(cluster, text=first), *(replace(cluster, glyphs=(), text=other) for other in others)]
        yield from reversed(pieces) if cluster.is_right_to_left else pieces


class ClusterFont:
    """A font of one document. Its codes count up, in the order in which clusters come.

    Code 1 draws nothing and is as wide as the letter m, from which programs that read the text guess the size of type.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._clusters: list[Cluster] = []

    @property
    def is_full(self) -> bool:
        return len(self._clusters) == CODES_MAX - 1

    def add(self, cluster: Cluster) -> int:
        """Return the code of a further cluster."""
        self._clusters.append(cluster)
        return len(self._clusters) + 1

    def addObjects(self, doc: Any) -> None:
        """Put the font into the document."""
        drawings = [Drawing(M_WIDTH), *map(_drawing, self._clusters)]
        names = ["m", *(f"c{code}" for code in range(2, len(drawings) + 1))]
        procedures = zip(names, (_stream(doc, drawing.procedure()) for drawing in drawings), strict=True)
        encoding = [1, *map(pdfdoc.PDFName, names)]
        described = {
            "Type": pdfdoc.PDFName("Font"),
            "Subtype": pdfdoc.PDFName("Type3"),
            "FontBBox": pdfdoc.PDFArray(_around([corner for drawing in drawings for corner in drawing.corners])),
            "FontMatrix": pdfdoc.PDFArray([0.001, 0, 0, 0.001, 0, 0]),
            "CharProcs": pdfdoc.PDFDictionary(dict(procedures)),
            "Encoding": pdfdoc.PDFDictionary({"Differences": pdfdoc.PDFArray(encoding)}),
            "FirstChar": 1,
            "LastChar": len(drawings),
            "Widths": pdfdoc.PDFArray([round(drawing.width, 2) for drawing in drawings]),
            "Resources": pdfdoc.PDFDictionary({}),
            "ToUnicode": _stream(doc, self._unicode_map()),
        }
        doc.idToObject["BasicFonts"].dict[self.name] = doc.Reference(pdfdoc.PDFDictionary(described))

    def _unicode_map(self) -> bytes:
        """Return the CMap from codes to characters."""
        lines = [
            f"<{code:02X}> <{cluster.text.encode('utf-16-be').hex().upper()}>"
            for code, cluster in enumerate(self._clusters, start=2)
        ]
        blocks = (lines[start : start + MAP_LINES_MAX] for start in range(0, len(lines), MAP_LINES_MAX))
        told = "\n".join("\n".join([f"{len(block)} beginbfchar", *block, "endbfchar"]) for block in blocks)
        return UNICODE_MAP.format(told).encode()


def _stream(doc: Any, content: bytes) -> Any:
    return doc.Reference(pdfdoc.PDFStream(content=content, filters=[pdfdoc.PDFZCompress]))


@dataclass(frozen=True)
class Drawing:
    """The drawing of a code, in thousandths of the size of type. `corners` are points at the edges of it."""

    width: float
    operators: tuple[str, ...] = ()
    corners: tuple[Point, ...] = ((0, -300), (600, 1000))

    def procedure(self) -> bytes:
        """Return the operators of a PDF: the width, the box that is filled, and the outlines."""
        box = " ".join(map(str, _around(self.corners)))
        return "\n".join([f"{self.width:.2f} 0 {box} d1", *self.operators]).encode()


def _drawing(cluster: Cluster) -> Drawing:
    operators = []
    corners: list[Point] = []
    pen = 0.0
    for glyph in cluster.glyphs:
        right, up = pen + glyph.right, min(max(glyph.up, -UP_MAX), UP_MAX)
        path = _outline(cluster.face, glyph.number)
        if path.points:
            operators.append(f"q 1 0 0 1 {right:.1f} {up:.1f} cm {' '.join(path.operators)} f Q")
            corners += [(x + right, y + up) for x, y in path.points]
        pen += glyph.advance
    return Drawing(pen, tuple(operators), tuple(corners or [(0, 0)]))


def _around(corners: Sequence[Point]) -> list[int]:
    """Return the left, lower, right and upper edge of what is around points."""
    xs, ys = zip(*corners, strict=True)
    return [floor(min(xs)), floor(min(ys)), ceil(max(xs)), ceil(max(ys))]


@lru_cache(4096)
def _outline(face: Face, number: int) -> "_Path":
    """Return the path of a glyph, in thousandths of the size of type."""
    path = _Path(1000 / face.face.upem)
    face.font.draw_glyph_with_pen(number, path)
    return path


class _Path:
    """A pen, as fontTools calls it, that writes operators of a PDF."""

    def __init__(self, scale: float) -> None:
        self.operators: list[str] = []
        self._scale = scale
        self.points: list[Point] = []

    def moveTo(self, point: Point) -> None:
        self._write("m", point)

    def lineTo(self, point: Point) -> None:
        self._write("l", point)

    def curveTo(self, *points: Point) -> None:
        self._write("c", *points)

    def qCurveTo(self, control: Point, point: Point) -> None:
        """Write a quadratic curve as the same cubic one."""
        start = tuple(coordinate / self._scale for coordinate in self.points[-1])
        first, second = (((end[0] + 2 * control[0]) / 3, (end[1] + 2 * control[1]) / 3) for end in (start, point))
        self._write("c", first, second, point)

    def closePath(self) -> None:
        self.operators.append("h")

    def _write(self, operator: str, *points: Point) -> None:
        scaled = [(x * self._scale, y * self._scale) for x, y in points]
        self.operators += [f"{number:.0f}" for point in scaled for number in point]
        self.operators.append(operator)
        self.points += scaled
