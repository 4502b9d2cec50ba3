"""A statement as a PDF to keep: the bank's letterhead, whom it is for, a summary, and every entry with its balance.

ReportLab draws it, and `pen.py` its texts, in any script. The same statement gives the same bytes: no date of making,
no random name is in them. Only the function that renders imports this module.
"""

import io

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from chalicelib.domain import money
from chalicelib.domain.payments.iban import paper_form
from chalicelib.domain.statements.statement import Statement
from chalicelib.domain.statements.table import Addressee, Letterhead, Row, pages, rows
from chalicelib.services.statements.pen import BOLD, REGULAR, Pen

WIDTH, HEIGHT = A4
LEFT, RIGHT = 20 * mm, WIDTH - 20 * mm
BOTTOM = 25 * mm
FIRST_TABLE_TOP, TABLE_TOP = HEIGHT - 132 * mm, HEIGHT - 38 * mm
DESCRIPTION, OUT, IN = LEFT + 24 * mm, RIGHT - 54 * mm, RIGHT - 27 * mm
DESCRIPTION_WIDTH = OUT - 22 * mm - DESCRIPTION
AMOUNT_WIDTH = 26 * mm
TEXT_SIZE, LINE = 8.5, 4.1 * mm
ADDRESS_SIZE, ADDRESS_WIDTH, ADDRESS_HEIGHT = 10.0, 120 * mm, 36 * mm
INK, GREEN, GREY, PALE = HexColor(0x1C2430), HexColor(0x0B6B53), HexColor(0x67727E), HexColor(0xE3E7EB)


def render(statement: Statement, letterhead: Letterhead, addressee: Addressee) -> bytes:
    """Return the document, with as many pages as needed."""
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=A4, invariant=1, pageCompression=1, lang="en")
    pen = Pen(canvas, addressee.country)
    table = [row.saying(pen.break_lines(row.description, TEXT_SIZE, DESCRIPTION_WIDTH)) for row in rows(statement)]
    sheets = pages(table, _lines(FIRST_TABLE_TOP), _lines(TABLE_TOP))
    canvas.setTitle(f"Statement {statement.account.account_number} {statement.period.month}")
    canvas.setAuthor(letterhead.name)
    for number, sheet in enumerate(sheets, start=1):
        _head(pen, statement, letterhead)
        if number == 1:
            _letter(pen, statement, letterhead, addressee)
            _summary(pen, statement)
        _table(pen, sheet, FIRST_TABLE_TOP if number == 1 else TABLE_TOP)
        _foot(pen, letterhead, f"Page {number} of {len(sheets)}")
        canvas.showPage()
    canvas.save()
    return written.getvalue()


def _lines(top: float) -> float:
    """Return how many lines of the table fit on a page below its heading."""
    return (top - LINE * 1.6 - BOTTOM) / LINE


def _head(pen: Pen, statement: Statement, letterhead: Letterhead) -> None:
    """Draw the logo (a coin) and the title, so that a lost sheet can be identified."""
    canvas = pen.canvas
    x, y, radius = LEFT + 6 * mm, HEIGHT - 21 * mm, 6 * mm
    canvas.setFillColor(GREEN)
    canvas.circle(x, y, radius, stroke=0, fill=1)
    canvas.setStrokeColor(HexColor(0xFFFFFF))
    canvas.setLineWidth(0.7)
    canvas.circle(x, y, radius * 0.84, stroke=1, fill=0)
    pen.text(x, y - 2.4 * mm, letterhead.name[:1].upper(), BOLD, 18, HexColor(0xFFFFFF), align=0)
    pen.text(x + 9 * mm, y - 2 * mm, letterhead.name, BOLD, 16, GREEN)
    about = f"Account {statement.account.account_number}, {statement.period.month}"
    pen.text(RIGHT, y - 2 * mm, about, REGULAR, 9, GREY, align=1)


def _letter(pen: Pen, statement: Statement, letterhead: Letterhead, addressee: Addressee) -> None:
    y = HEIGHT - 36 * mm
    for text in letterhead.address:
        pen.text(RIGHT, y, text, REGULAR, 8, GREY, align=1)
        y -= 3.8 * mm
    y = HEIGHT - 52 * mm
    lines, size = _fit_address(pen, addressee)
    for text in lines:
        pen.text(LEFT, y, text, REGULAR, size, INK)
        y -= size * mm / 2
    period, account = statement.period, statement.account
    pen.text(LEFT, HEIGHT - 92 * mm, "Statement of account", BOLD, 15, INK)
    days = f"{period.first} to {period.last}" + ("" if period.is_over else ", to date")
    about = (
        f"{account.account_type.capitalize()} account {account.account_number} · {paper_form(account.iban)} · {days}"
    )
    pen.text(LEFT, HEIGHT - 98 * mm, about, REGULAR, 9.5, GREY)


def _fit_address(pen: Pen, addressee: Addressee) -> tuple[list[str], float]:
    """Return names and address in lines, and the size of type in which all of them have room."""
    size = ADDRESS_SIZE
    while True:
        lines = pen.break_lines(addressee.lines, size, ADDRESS_WIDTH)
        if len(lines) * size * mm / 2 <= ADDRESS_HEIGHT:
            return lines, size
        size *= 0.9


def _summary(pen: Pen, statement: Statement) -> None:
    canvas = pen.canvas
    currency = statement.account.currency
    told = [
        ("Opening balance", statement.opening_balance),
        ("Money in", statement.total_in),
        ("of which interest", statement.interest),
        ("Money out", statement.total_out),
        ("Closing balance", statement.closing_balance),
    ]
    top, width = HEIGHT - 105 * mm, (RIGHT - LEFT) / len(told)
    room = width - 4 * mm
    canvas.setFillColor(HexColor(0xF4F6F8))
    canvas.roundRect(LEFT, top - 15 * mm, RIGHT - LEFT, 15 * mm, 2 * mm, stroke=0, fill=1)
    for number, (name, amount) in enumerate(told):
        x = LEFT + number * width + 3 * mm
        pen.text(x, top - 5.5 * mm, name, REGULAR, 7.5, GREY)
        text = money.format_grouped(amount, currency)
        pen.text(x, top - 11 * mm, text, BOLD, pen.fitting(text, BOLD, 9, room), INK)
    pen.text(RIGHT, top - 19 * mm, f"All amounts in {currency}", REGULAR, 7.5, GREY, align=1)


def _table(pen: Pen, sheet: list[Row], y: float) -> None:
    canvas = pen.canvas
    canvas.setStrokeColor(GREEN)
    canvas.setLineWidth(0.8)
    canvas.line(LEFT, y - 2 * mm, RIGHT, y - 2 * mm)
    pen.text(LEFT, y, "Date", BOLD, TEXT_SIZE, GREEN)
    pen.text(DESCRIPTION, y, "Description", BOLD, TEXT_SIZE, GREEN)
    for x, name in ((OUT, "Out"), (IN, "In"), (RIGHT, "Balance")):
        pen.text(x, y, name, BOLD, TEXT_SIZE, GREEN, align=1)
    canvas.setStrokeColor(PALE)
    canvas.setLineWidth(0.4)
    y -= LINE * 1.6
    for row in sheet:
        font = BOLD if row.is_balance else REGULAR
        pen.text(LEFT, y, row.day, REGULAR, TEXT_SIZE, INK)
        for x, amount in ((OUT, row.paid_out), (IN, row.paid_in), (RIGHT, row.balance)):
            if amount:
                size = pen.fitting(amount, font, TEXT_SIZE, AMOUNT_WIDTH)
                pen.text(x, y, amount, font, size, INK, align=1)
        for number, text in enumerate(row.description):
            pen.text(DESCRIPTION, y, text, font, TEXT_SIZE, GREY if number else INK)
            y -= LINE
        y -= LINE * (row.height - len(row.description))
        canvas.line(LEFT, y + 0.9 * LINE, RIGHT, y + 0.9 * LINE)


def _foot(pen: Pen, letterhead: Letterhead, number: str) -> None:
    pen.text(LEFT, 14 * mm, ", ".join((letterhead.name, *letterhead.address)), REGULAR, 7.5, GREY)
    pen.text(RIGHT, 14 * mm, number, REGULAR, 7.5, GREY, align=1)
