"""The printed statement, read back: what it says, on every page, in three alphabets, in the same bytes each time."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from pypdf import PdfReader
from reportlab.pdfbase.pdfmetrics import stringWidth

from chalicelib.domain import money
from chalicelib.domain.statements.statement import Line, Statement
from chalicelib.domain.statements.table import Addressee, Letterhead, Row, pages, rows
from chalicelib.services.statements.pdf import DESCRIPTION, DESCRIPTION_WIDTH, RIGHT, render
from chalicelib.services.statements.pen import BOLD, REGULAR
from tests.unit.statements.builders import chain, october, statement_of

BANK = Letterhead("Florin", ("1 Exchange Square", "London EC2A 1AA"))
SOMEBODY = Addressee(("Ελένη Łukaszewicz-Щербакова", "Λεωφόρος Αλεξάνδρας 12", "115 23 Athína", "GR"))


def texts(document: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(document)).pages]


def boxes(document: bytes) -> list[tuple[str, float, float, float]]:
    """Each text of the first page with where it begins, its height, and where it ends."""
    found = []

    def visit(text: str, _: object, matrix: list[float], font: dict[str, str] | None, size: float) -> None:
        if font and text.strip():
            name = BOLD if "Bold" in font["/BaseFont"] else REGULAR
            end = matrix[4] + stringWidth(text.strip(), name, size)
            found.append((text.strip(), matrix[4], matrix[5], end))

    PdfReader(io.BytesIO(document)).pages[0].extract_text(visitor_text=visit)
    return found


def long(count: int, memo: str) -> Statement:
    start = datetime(2026, 10, 1, tzinfo=UTC)
    moved = [(start + timedelta(minutes=number), "deposit", 1) for number in range(count)]
    bare = statement_of(chain(moved), "2026-10")
    return replace(bare, lines=[Line(line.entry, f"{memo} {line.entry.seq}.") for line in bare.lines])


def test_one_page_says_it_all() -> None:
    [page] = texts(render(october(), BANK, SOMEBODY))
    assert [text.strip() for text in page.strip().split("\n")] == [
        "F", "Florin", "Account 123456789005, 2026-10", "1 Exchange Square", "London EC2A 1AA",
        "Ελένη Łukaszewicz-Щербакова", "Λεωφόρος Αλεξάνδρας 12", "115 23 Athína", "GR",
        "Statement of account", "Current account 123456789005 · LV69 FLRN 0123 4567 8900 5 · 2026-10-01 to 2026-10-31",
        "Opening balance", "100.00", "Money in", "96.23", "of which interest", "1.23", "Money out", "110.00",
        "Closing balance", "86.23", "All amounts in EUR", "Date", "Description", "Out", "In", "Balance",
        "2026-10-01", "100.00", "Opening balance",
        "2026-10-01", "1.23", "101.23", "Interest",
        "2026-10-02", "30.00", "71.23", "Transfer to 123456789999", "=SUM(A1:A9)",
        "2026-10-03", "5.00", "76.23", "Transfer from 123456789999", 'Rent, "Οκτώβριος"',
        "2026-10-04", "80.00", "-3.77", "Withdrawal", "Наличные",
        "2026-10-05", "80.00", "76.23", "Reversal", "@home",
        "2026-10-31", "10.00", "86.23", "Deposit", "x\ufffd<&>",
        "2026-10-31", "86.23", "Closing balance",
        "Florin, 1 Exchange Square, London EC2A 1AA", "Page 1 of 1",
    ]  # fmt: skip


def test_long_months_go_over_many_pages_each_with_its_heading_and_number() -> None:
    statement = long(300, "A memo of such length that it takes another line in its column, number")
    sheets = texts(render(statement, BANK, SOMEBODY))
    assert len(sheets) > 10
    for number, text in enumerate(sheets, start=1):
        assert f"Page {number} of {len(sheets)}" in text
        for heading in ("Date", "Description", "Balance", "Account 123456789005, 2026-10"):
            assert heading in text
        assert ("Statement of account" in text) is (number == 1)
    whole = "".join(sheets)
    assert [f"{line.entry.seq}." in whole for line in statement.lines] == [True] * 300
    assert ("Closing balance" in sheets[0], "Closing balance" in sheets[-1]) == (True, True)


def test_the_same_statement_is_the_same_bytes_whatever_was_made_before() -> None:
    first = render(october(), BANK, SOMEBODY)
    assert render(long(40, "Other letters: Ж Ω ß"), BANK, SOMEBODY) != first
    assert render(october(), BANK, SOMEBODY) == first


def test_what_is_long_stays_on_its_paper_and_in_its_column() -> None:
    """Words without an end, the longest names and addresses, and amounts as large as there may be."""
    memos = ["Ж" * 140, "https://example.com/" + "w" * 120, "Ω" * 70 + " " + "ω" * 69]
    start = datetime(2026, 10, 1, tzinfo=UTC)
    moved = [(start + timedelta(minutes=number), "deposit", 10**15) for number in range(len(memos))]
    bare = statement_of(chain(moved), "2026-10")
    statement = replace(bare, lines=[Line(line.entry, memo) for line, memo in zip(bare.lines, memos, strict=True)])
    somebody = Addressee((" ".join(["Щ" * 100] * 3), "W" * 200, "M" * 200, "C" * 120, "R" * 100, "GR"))
    drawn = boxes(render(statement, BANK, somebody))
    whole = "".join("".join(text for text, *_ in drawn).split())
    for told in (*memos, *somebody.lines):
        assert told.replace(" ", "") in whole
    assert max(right for *_, right in drawn) <= RIGHT + 0.1
    rows = {y for text, _, y, _ in drawn if text == "Deposit"}
    for y in rows:
        line = sorted((left, right) for _, left, at, right in drawn if at == y)
        assert all(before[1] < after[0] for before, after in pairwise(line))
    described = [right for _, left, y, right in drawn if left == pytest.approx(DESCRIPTION) and y < max(rows)]
    assert max(described) <= DESCRIPTION + DESCRIPTION_WIDTH
    assert min(y for text, left, y, _ in drawn if text in "GR") > max(
        y for text, _, y, _ in drawn if "Statement" in text
    )


def test_a_joint_account_names_all_holders_above_the_owners_address() -> None:
    joint = Addressee(("Ben Money", "Щ" * 100, *(f"Holder {letter * 90}" for letter in "abcdef"), *SOMEBODY.lines))
    drawn = boxes(render(october(), BANK, joint))
    whole = "".join("".join(text for text, *_ in drawn).split())
    told = "".join(joint.lines).replace(" ", "")
    assert told in whole
    assert min(y for text, _, y, _ in drawn if text == "GR") > max(y for text, _, y, _ in drawn if "Statement" in text)


def test_a_month_to_date_without_address_or_entries() -> None:
    statement = statement_of([], "2026-10", now=datetime(2026, 10, 10, tzinfo=UTC))
    [page] = texts(render(statement, Letterhead("Bank", ()), Addressee(("Z",))))
    assert "2026-10-01 to 2026-10-10, to date" in page


@pytest.mark.parametrize(("first", "others"), [(1, 1), (3, 7), (7.5, 9), (100, 100)])
def test_rows_fall_on_pages_whole_and_in_order(first: float, others: float) -> None:
    table = [Row(("x",) * (number % 3 + 1), str(number)) for number in range(50)]
    sheets = pages(table, first, others)
    assert [row for sheet in sheets for row in sheet] == table
    for sheet, room in zip(sheets, [first] + [others] * len(sheets), strict=False):
        assert sum(row.height for row in sheet) <= room or len(sheet) == 1


def test_amounts_as_people_read_them() -> None:
    told = [
        money.format_grouped(minor, currency) for minor, currency in [(-123456789, "USD"), (-50, "USD"), (1234, "JPY")]
    ]
    assert told == ["-1,234,567.89", "-0.50", "1,234"]


def test_an_entry_is_told_in_words() -> None:
    told = [row.description for row in rows(october())]
    assert told[1:3] == [("Interest",), ("Transfer to 123456789999", "=SUM(A1:A9)")]
