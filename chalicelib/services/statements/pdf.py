"""A statement as a PDF to keep: the bank's letterhead, whom it is for, a summary, and every entry with its balance.

ReportLab draws it, with the one font embedded that has Latin, Greek and Cyrillic letters. The same statement gives the
same bytes: no date of making, no random name is in them. Only the function that renders imports this module.
"""

import io
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from chalicelib.domain import money
from chalicelib.domain.statements.statement import Statement
from chalicelib.domain.statements.table import Addressee, Letterhead, Row, pages, rows

REGULAR, BOLD = "OpenSans-Regular", "OpenSans-Bold"
UNKNOWN = "\ufffd"
WIDTH, HEIGHT = A4
LEFT, RIGHT = 20 * mm, WIDTH - 20 * mm
BOTTOM = 25 * mm
FIRST_TABLE_TOP, TABLE_TOP = HEIGHT - 132 * mm, HEIGHT - 38 * mm
DESCRIPTION, OUT, IN = LEFT + 24 * mm, RIGHT - 54 * mm, RIGHT - 27 * mm
DESCRIPTION_WIDTH = OUT - 22 * mm - DESCRIPTION
AMOUNT_WIDTH = 26 * mm
TEXT_SIZE, LINE = 8.5, 4.1 * mm
ADDRESS_SIZE, ADDRESS_WIDTH, ADDRESS_HEIGHT = 10.0, 120 * mm, 36 * mm
EM_MAX = 1.25
"""No sign of the font is wider."""
INK, GREEN, GREY, PALE = HexColor(0x1C2430), HexColor(0x0B6B53), HexColor(0x67727E), HexColor(0xE3E7EB)


def render(statement: Statement, letterhead: Letterhead, addressee: Addressee) -> bytes:
    """Return the document, with as many pages as needed."""
    _register_fonts()
    table = [_wrapped(row) for row in rows(statement)]
    sheets = pages(table, _lines(FIRST_TABLE_TOP), _lines(TABLE_TOP))
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=A4, invariant=1, pageCompression=1, lang="en")
    canvas.setTitle(f"Statement {statement.account.account_number} {statement.period.month}")
    canvas.setAuthor(letterhead.name)
    for number, sheet in enumerate(sheets, start=1):
        _head(canvas, statement, letterhead)
        if number == 1:
            _letter(canvas, statement, letterhead, addressee)
            _summary(canvas, statement)
        _table(canvas, sheet, FIRST_TABLE_TOP if number == 1 else TABLE_TOP)
        _foot(canvas, letterhead, f"Page {number} of {len(sheets)}")
        canvas.showPage()
    canvas.save()
    return written.getvalue()


def _lines(top: float) -> float:
    """Return how many lines of the table fit on a page below its heading."""
    return (top - LINE * 1.6 - BOTTOM) / LINE


def _wrapped(row: Row) -> Row:
    """Return the row with its text broken into lines that fit the column."""
    return row.saying(_broken(row.description, TEXT_SIZE, DESCRIPTION_WIDTH))


def _broken(texts: Iterable[str], size: float, width: float) -> list[str]:
    """Break text into lines that fit. A word that is too long, such as a reference or a URL, takes several lines."""
    lines = []
    for text in texts:
        words = (part for word in _plain(text).split() for part in _parts(word, size, width))
        lines += simpleSplit(" ".join(words), REGULAR, size, width)
    return lines


def _parts(word: str, size: float, width: float) -> Iterator[str]:
    """Split a word into parts that fit in a line."""
    while len(word) * size * EM_MAX > width and pdfmetrics.stringWidth(word, REGULAR, size) > width:
        wide = accumulate(pdfmetrics.stringWidth(sign, REGULAR, size) for sign in word)
        fitting = max(1, sum(end <= width for end in wide))
        yield word[:fitting]
        word = word[fitting:]
    yield word


def _head(canvas: Canvas, statement: Statement, letterhead: Letterhead) -> None:
    """Draw the logo (a coin) and the title, so that a lost sheet can be identified."""
    x, y, radius = LEFT + 6 * mm, HEIGHT - 21 * mm, 6 * mm
    canvas.setFillColor(GREEN)
    canvas.circle(x, y, radius, stroke=0, fill=1)
    canvas.setStrokeColor(HexColor(0xFFFFFF))
    canvas.setLineWidth(0.7)
    canvas.circle(x, y, radius * 0.84, stroke=1, fill=0)
    _text(canvas, x, y - 2.4 * mm, letterhead.name[:1].upper(), BOLD, 18, HexColor(0xFFFFFF), align=0)
    _text(canvas, x + 9 * mm, y - 2 * mm, letterhead.name, BOLD, 16, GREEN)
    about = f"Account {statement.account.account_number}, {statement.period.month}"
    _text(canvas, RIGHT, y - 2 * mm, about, REGULAR, 9, GREY, align=1)


def _letter(canvas: Canvas, statement: Statement, letterhead: Letterhead, addressee: Addressee) -> None:
    y = HEIGHT - 36 * mm
    for text in letterhead.address:
        _text(canvas, RIGHT, y, text, REGULAR, 8, GREY, align=1)
        y -= 3.8 * mm
    y = HEIGHT - 52 * mm
    lines, size = _addressed(addressee)
    for text in lines:
        _text(canvas, LEFT, y, text, REGULAR, size, INK)
        y -= size * mm / 2
    period, account = statement.period, statement.account
    _text(canvas, LEFT, HEIGHT - 92 * mm, "Statement of account", BOLD, 15, INK)
    days = f"{period.first} to {period.last}" + ("" if period.is_over else ", to date")
    kind = account.account_type.capitalize()
    _text(canvas, LEFT, HEIGHT - 98 * mm, f"{kind} account {account.account_number} · {days}", REGULAR, 9.5, GREY)


def _fitting(text: str, font: str, size: float, width: float) -> float:
    """Return the size of type, at most the given one, in which a text fits in one line."""
    return min(size, size * width / pdfmetrics.stringWidth(text, font, size)) if text else size


def _addressed(addressee: Addressee) -> tuple[list[str], float]:
    """Name and address in lines, and the size of type in which all of them have room."""
    size = ADDRESS_SIZE
    while True:
        lines = _broken((addressee.name, *addressee.joint_holders, *addressee.lines), size, ADDRESS_WIDTH)
        if len(lines) * size * mm / 2 <= ADDRESS_HEIGHT:
            return lines, size
        size *= 0.9


def _summary(canvas: Canvas, statement: Statement) -> None:
    currency = statement.account.currency
    told = [
        ("Opening balance", statement.opening_balance),
        ("Money in", statement.total_in),
        ("of it interest", statement.interest),
        ("Money out", statement.total_out),
        ("Closing balance", statement.closing_balance),
    ]
    top, width = HEIGHT - 105 * mm, (RIGHT - LEFT) / len(told)
    room = width - 4 * mm
    canvas.setFillColor(HexColor(0xF4F6F8))
    canvas.roundRect(LEFT, top - 15 * mm, RIGHT - LEFT, 15 * mm, 2 * mm, stroke=0, fill=1)
    for number, (name, amount) in enumerate(told):
        x = LEFT + number * width + 3 * mm
        _text(canvas, x, top - 5.5 * mm, name, REGULAR, 7.5, GREY)
        text = money.grouped(amount, currency)
        _text(canvas, x, top - 11 * mm, text, BOLD, _fitting(text, BOLD, 9, room), INK)
    _text(canvas, RIGHT, top - 19 * mm, f"All amounts in {currency}", REGULAR, 7.5, GREY, align=1)


def _table(canvas: Canvas, sheet: list[Row], y: float) -> None:
    canvas.setStrokeColor(GREEN)
    canvas.setLineWidth(0.8)
    canvas.line(LEFT, y - 2 * mm, RIGHT, y - 2 * mm)
    _text(canvas, LEFT, y, "Date", BOLD, TEXT_SIZE, GREEN)
    _text(canvas, DESCRIPTION, y, "Description", BOLD, TEXT_SIZE, GREEN)
    for x, name in ((OUT, "Out"), (IN, "In"), (RIGHT, "Balance")):
        _text(canvas, x, y, name, BOLD, TEXT_SIZE, GREEN, align=1)
    canvas.setStrokeColor(PALE)
    canvas.setLineWidth(0.4)
    y -= LINE * 1.6
    for row in sheet:
        font = BOLD if row.is_balance else REGULAR
        _text(canvas, LEFT, y, row.day, REGULAR, TEXT_SIZE, INK)
        for x, amount in ((OUT, row.paid_out), (IN, row.paid_in), (RIGHT, row.balance)):
            if amount:
                size = _fitting(amount, font, TEXT_SIZE, AMOUNT_WIDTH)
                _text(canvas, x, y, amount, font, size, INK, align=1)
        for number, text in enumerate(row.description):
            _text(canvas, DESCRIPTION, y, text, font, TEXT_SIZE, GREY if number else INK)
            y -= LINE
        y -= LINE * (row.height - len(row.description))
        canvas.line(LEFT, y + 0.9 * LINE, RIGHT, y + 0.9 * LINE)


def _foot(canvas: Canvas, letterhead: Letterhead, number: str) -> None:
    _text(canvas, LEFT, 14 * mm, ", ".join((letterhead.name, *letterhead.address)), REGULAR, 7.5, GREY)
    _text(canvas, RIGHT, 14 * mm, number, REGULAR, 7.5, GREY, align=1)


def _text(
    canvas: Canvas, x: float, y: float, text: str, font: str, size: float, colour: Color, *, align: float = -1
) -> None:
    """Draw text. `align`: -1 begins at x, 0 is centred on it, 1 ends there."""
    canvas.setFont(font, size)
    canvas.setFillColor(colour)
    draw = {-1: canvas.drawString, 0: canvas.drawCentredString, 1: canvas.drawRightString}[int(align)]
    draw(x, y, _plain(text))


def _plain(text: str) -> str:
    """Return text in composed form, as the font has it; characters that the font lacks become U+FFFD."""
    known = _letters()
    return "".join(sign if ord(sign) in known else UNKNOWN for sign in unicodedata.normalize("NFC", text))


@cache
def _letters() -> frozenset[int]:
    """Return the characters that both weights of the font have."""
    return frozenset(TTFont(REGULAR, _font_file(REGULAR)).face.charToGlyph)


@cache
def _register_fonts() -> None:
    for name in (REGULAR, BOLD):
        pdfmetrics.registerFont(TTFont(name, _font_file(name)))


def _font_file(name: str) -> str:
    package = find_spec("ttf_opensans")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("ttf_opensans, the font of statements")
    return str(Path(package.origin).parent / "ttf" / f"{name}.ttf")
