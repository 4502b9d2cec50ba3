"""Text on the pages of a PDF: how wide it is, how it breaks, and how it is drawn.

Open Sans sets Latin, Greek and Cyrillic letters, one after the other, with ReportLab. Only a text that it cannot set
loads HarfBuzz and the Noto fonts, which set the whole of it.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from reportlab.lib.colors import Color
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

if TYPE_CHECKING:
    from chalicelib.services.statements.cluster_font import ClusterFonts
    from chalicelib.services.statements.shaping import Cluster

REGULAR, BOLD = "OpenSans-Regular", "OpenSans-Bold"
NO_CHARACTER = "\ufffd"


class Pen:
    """Draws the texts of one document. Chinese characters look as they do in the given country (ISO 3166)."""

    def __init__(self, canvas: Canvas, country: str = "") -> None:
        _register_fonts()
        self.canvas = canvas
        self._country = country
        self._fonts: ClusterFonts | None = None

    def text(self, x: float, y: float, text: str, font: str, size: float, colour: Color, *, align: float = -1) -> None:
        """Draw text. `align`: -1 begins at x, 0 is centred on it, 1 ends there."""
        plain = _plain(text)
        self.canvas.setFillColor(colour)
        if not _is_shaped(plain):
            self.canvas.setFont(font, size)
            draw = (self.canvas.drawString, self.canvas.drawCentredString, self.canvas.drawRightString)[int(align) + 1]
            draw(x, y, plain)
            return
        left = x - self.width(plain, font, size) * (align + 1) / 2
        self._cluster_fonts().draw(left, y, self._clusters(plain, font), size)

    def width(self, text: str, font: str, size: float) -> float:
        plain = _plain(text)
        if _is_shaped(plain):
            return sum(cluster.advance for cluster in self._clusters(plain, font)) * size / 1000
        return pdfmetrics.stringWidth(plain, font, size)

    def fitting(self, text: str, font: str, size: float, width: float) -> float:
        """Return the size of type, at most the given one, in which a text fits in one line."""
        return min(size, size * width / self.width(text, font, size)) if text else size

    def break_lines(self, texts: Iterable[str], size: float, width: float) -> list[str]:
        """Break text into lines that fit. A word that is too long, such as a URL, takes several lines."""
        lines = []
        for text in texts:
            line = ""
            for part in self._parts(_plain(text), size, width):
                longer = f"{line} {part}" if line else part
                if line and self.width(longer, REGULAR, size) > width:
                    lines.append(line)
                    longer = part
                line = longer
            lines.append(line)
        return lines

    def _parts(self, text: str, size: float, width: float) -> Iterator[str]:
        """Yield a text that fits in a line whole, else its words, and of a longer word what fits."""
        words = text.split()
        whole = " ".join(words)
        if self.width(whole, REGULAR, size) <= width:
            yield whole
            return
        for word in words:
            rest = word
            while self.width(rest, REGULAR, size) > width:
                steps = self._steps(rest, size)
                ends = accumulate(advance for _, advance in steps)
                fitting = max(1, sum(end <= width for end in ends))
                yield "".join(part for part, _ in steps[:fitting])
                rest = "".join(part for part, _ in steps[fitting:])
            yield rest

    def _steps(self, word: str, size: float) -> list[tuple[str, float]]:
        """Return what a word may be split into, as it is read, each with its width."""
        if _is_shaped(word):
            clusters = sorted(self._clusters(word, REGULAR), key=lambda cluster: cluster.start)
            return [(cluster.text, cluster.advance * size / 1000) for cluster in clusters]
        return [(sign, pdfmetrics.stringWidth(sign, REGULAR, size)) for sign in word]

    def _clusters(self, text: str, font: str) -> "tuple[Cluster, ...]":
        from chalicelib.services.statements.shaping import shape

        return shape(text, font == BOLD, self._country)

    def _cluster_fonts(self) -> "ClusterFonts":
        from chalicelib.services.statements.cluster_font import ClusterFonts

        if self._fonts is None:
            self._fonts = ClusterFonts(self.canvas)
        return self._fonts


def _is_shaped(text: str) -> bool:
    """Return whether Open Sans cannot set a text."""
    return not text.isascii() and not _letters().issuperset(text)


def _plain(text: str) -> str:
    """Return text in composed form. What is no character, such as half of a surrogate pair, becomes U+FFFD."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(NO_CHARACTER if _is_no_character(sign) else sign for sign in unicodedata.normalize("NFC", text))


def _is_no_character(sign: str) -> bool:
    is_control = unicodedata.category(sign) in {"Cc", "Cs"} and not sign.isspace()
    return is_control or ord(sign) & 0xFFFE == 0xFFFE or "\ufdd0" <= sign <= "\ufdef"


@cache
def _letters() -> frozenset[str]:
    """Return the characters that Open Sans sets, one after the other: no marks, which shaping places over letters."""
    letters = map(chr, TTFont(REGULAR, _font_file(REGULAR)).face.charToGlyph)
    return frozenset(letter for letter in letters if not unicodedata.combining(letter))


@cache
def _register_fonts() -> None:
    for name in (REGULAR, BOLD):
        pdfmetrics.registerFont(TTFont(name, _font_file(name)))


def _font_file(name: str) -> str:
    package = find_spec("ttf_opensans")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("ttf_opensans, the font of statements")
    return str(Path(package.origin).parent / "ttf" / f"{name}.ttf")
