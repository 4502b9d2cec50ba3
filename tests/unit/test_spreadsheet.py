"""No spreadsheet computes a text of a CSV, wherever it splits the file; amounts stay numbers."""

import csv
import io
import json
import re
import unicodedata
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import money, spreadsheet
from chalicelib.domain.spreadsheet import Cell, harmless
from infra.settings import ROOT

SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋−"
UNSEEN = (
    ' \u00a0\u3000\u200b\u200d\u2060\ufeff\u00ad\u0301\ufe0f\u0000\u001f\u007f\u2066\u3164\u115f\u2800\ufffc\ue000"'
)
"""Spaces, marks, zero-width, control, direction and private characters, fillers, a quotation mark."""
SEPARATORS = ",;\t|\n\r"
TEXTS = st.text(alphabet=st.sampled_from(SIGNS + UNSEEN + SEPARATORS + "ab1'%\\[]"), max_size=12)


def visible(piece: str) -> str:
    """The piece from its first character that anyone sees."""
    for number, character in enumerate(piece):
        if character not in UNSEEN and unicodedata.category(character)[0] not in "CZM":
            return piece[number:]
    return ""


def is_computed(piece: str) -> bool:
    return visible(piece).startswith(tuple(SIGNS))


def splits(text: str) -> list[str]:
    """All pieces of all ways to split a text."""
    ways = [chosen for count in range(len(SEPARATORS) + 1) for chosen in combinations(SEPARATORS, count)]
    return [piece for way in ways for piece in (re.split(f"[{''.join(way)}]", text) if way else [text])]


@given(TEXTS)
def test_no_piece_of_a_text_is_computed(text: str) -> None:
    written = harmless(text)
    assert not [piece for piece in splits(written) if is_computed(piece)]
    assert harmless(written) == written
    assert written.replace("'", "") == text.replace("'", "")


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=3), min_size=1, max_size=2))
def test_no_program_that_splits_elsewhere_computes_a_cell(rows: list[list[str]]) -> None:
    written = spreadsheet.lines(rows)
    for delimiter in ",;\t|":
        for read in csv.reader(io.StringIO(written, newline=""), delimiter=delimiter):
            assert not [cell for cell in read if is_computed(cell)]
    assert not [piece for piece in splits(written) if is_computed(piece)]
    assert [*csv.reader(io.StringIO(written, newline=""))] == [[harmless(cell) for cell in row] for row in rows]


@pytest.mark.parametrize("unseen", ["", *UNSEEN])
@pytest.mark.parametrize("sign", SIGNS)
def test_a_sign_after_what_is_not_seen_gets_an_apostrophe(sign: str, unseen: str) -> None:
    piece = f"{unseen}{sign}1+1"
    assert harmless(piece) == f"'{piece}"
    for separator in SEPARATORS:
        assert harmless(f"x{separator}{piece}{separator}y") == f"x{separator}'{piece}{separator}y"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "|", "%", "＝", "＋", "－", "＠", " =", "\u00a0="])
def test_what_somebody_wrote_is_no_formula(start: str) -> None:
    assert harmless(f"{start}1+1") == f"'{start}1+1"
    assert harmless(f"1{start}1") == f"1{start}1"


def test_other_texts_stay_as_they_are() -> None:
    for text in ("", "rent, November", " Наличные", "'=1", "a-b, c+d; e@f|g", "a,,b", 'say "=1"', "1 = 1", "'", ",;"):
        assert harmless(text) == text


def test_amounts_stay_numbers_and_texts_do_not() -> None:
    row: list[Cell] = [money.decimal(-3000, "EUR"), money.decimal(-1, "JPY"), Decimal("-0.000001"), -7, None, "-30.00"]
    assert spreadsheet.lines([row]) == "-30.00,-1,-0.000001,-7,,'-30.00\r\n"


def test_a_file_begins_with_a_byte_order_mark_or_not() -> None:
    assert spreadsheet.header(("a", "b"), with_bom=True).encode() == b"\xef\xbb\xbfa,b\r\n"
    assert spreadsheet.header(("a", "b"), with_bom=False).encode() == b"a,b\r\n"


@given(st.lists(TEXTS, max_size=4))
def test_a_list_is_read_back_from_its_cell(texts: list[str]) -> None:
    cell = spreadsheet.list_cell(texts)
    assert (json.loads(cell) if cell else []) == [harmless(text) for text in texts]
    assert harmless(cell) == cell


def test_lists_that_differ_have_different_cells() -> None:
    lists: list[list[str]] = [
        [], [""], ["two words", "x"], ["two", "words x"], ["two words x"], ['a","b'], ["a", "b"]
    ]  # fmt: skip
    assert len({spreadsheet.list_cell(texts) for texts in lists}) == len(lists)
    assert spreadsheet.list_cell(["Büro", "x"]) == '["Büro", "x"]'


def test_every_csv_of_the_bank_is_written_in_one_place() -> None:
    written = [
        path.name
        for folder in ("chalicelib", "infra", "sampledata")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"^\s*(import csv|from csv)\b", path.read_text(), re.MULTILINE)
    ]
    assert written == ["spreadsheet.py"]
