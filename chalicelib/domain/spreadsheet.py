"""CSV files (RFC 4180) that a spreadsheet may open: no text in them becomes a formula.

Every CSV of the bank is written here. `docs/statements.md` describes the format.
"""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal

from chalicelib.domain.text import is_blank

BYTE_ORDER_MARK = "\ufeff"
"""Spreadsheets read a file without it in the encoding of the computer, and show `MÃ¼ller` for `Müller`."""
Cell = str | int | Decimal | None
"""A text is made harmless. Amounts of the bank's own columns are numbers and stay as they are, also negative ones."""

_SIGNS = frozenset("=+-@|%\u2212")
"""The first characters of a formula (OWASP, CSV injection); U+2212 is a minus sign to LibreOffice."""
_SEPARATOR = re.compile("(\r\n|[,;|\t\n\v\f\r\u0085\u2028\u2029])")
"""A spreadsheet may split a line at any of these, whatever separates the columns of the file."""
_LEADING = frozenset("|\t\n\v\f\r\u0085\u2028\u2029")
"""Separators that no piece may begin with: a program that does not split there skips them, or takes them for signs."""


def header(columns: Sequence[str], *, with_bom: bool) -> str:
    """Return the first line of a file, after the byte order mark if that is wanted."""
    return (BYTE_ORDER_MARK if with_bom else "") + lines([columns])


def lines(rows: Iterable[Iterable[Cell]]) -> str:
    """Return lines of a file, each with its line end. None becomes an empty cell."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows([_plain(cell) for cell in row] for row in rows)
    return written.getvalue()


def list_cell(texts: Sequence[str]) -> str:
    """Return several texts as one cell: a JSON array, so that no two lists look the same; nothing for no texts."""
    return json.dumps([harmless(text) for text in texts], ensure_ascii=False) if texts else ""


def harmless(text: str) -> str:
    """Return text with an apostrophe before each piece that a spreadsheet would evaluate."""
    *pairs, last = _SEPARATOR.split(text)
    pieces = [*zip(pairs[::2], pairs[1::2], strict=True), (last, "")]
    return "".join(("'" if _is_formula(piece, separator) else "") + piece + separator for piece, separator in pieces)


def _is_formula(piece: str, separator: str) -> bool:
    """Return whether a piece, which ends with a separator, begins with a sign, or with nothing that anyone sees."""
    first = next((one for one in piece if not _is_skipped(one)), "")
    if not first:
        return separator[:1] in _LEADING
    return unicodedata.normalize("NFKD", first)[0] in _SIGNS


def _is_skipped(character: str) -> bool:
    """Return whether a character before a sign does not count; a quotation mark may be lost where a file is split."""
    return character == '"' or is_blank(character) or unicodedata.category(character)[0] == "M"


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    return harmless(cell) if isinstance(cell, str) else format(cell, "f") if isinstance(cell, Decimal) else str(cell)
