"""Texts in all scripts on a statement: every letter is drawn, and what is read back is what was given."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pypdf import PdfReader
from reportlab.pdfgen.canvas import Canvas

from chalicelib.domain.statements.statement import Line, Statement
from chalicelib.domain.statements.table import Addressee, Letterhead
from chalicelib.services.statements.fallback_fonts import face_of
from chalicelib.services.statements.pdf import DESCRIPTION_WIDTH, TEXT_SIZE, render
from chalicelib.services.statements.pen import REGULAR, Pen
from chalicelib.services.statements.shaping import SHAPELESS, shape
from tests.unit.statements.builders import chain, statement_of

BANK = Letterhead("Florin", ("1 Exchange Square",))
NAMES = """
محمد بن سلمان|عبد الله الأحمد|فاطمة الزهراء|علی رضا پهلوی|نورة آل سعود|مُحَمَّد
گل بانو ٹھاکر|דוד בן־גוריון|שרה לוי|צ׳רני אברהם|שָׁלוֹם|李小龙|王秀英|毛澤東|𠮷野家|山田 太郎
さくら タナカ|髙橋 邊|김철수|이순신|राम कुमार|श्रीमती लक्ष्मी|क्षत्रिय शर्मा|রবীন্দ্রনাথ ঠাকুর
ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ|ગાંધી મોહનદાસ|சுப்பிரமணிய பாரதி|తెలుగు రామారావు|ಕುವೆಂಪು|മോഹൻലാൽ
ଜଗନ୍ନାଥ|සිරිමාවෝ|สมชาย วงศ์สวัสดิ์|น้ำผึ้ง|ສົມພອນ|អង្គរ សុខ|အောင်ဆန်းစုကြည်
გიორგი ბერიძე|Արամ Խաչատրյան|አበበ ቢቂላ|Keali'iokalani|Kealiʻiokalani|Əli Məmmədov
Ṣọlá Ọbáfẹ́mi|GROẞ|Al‑Sayed|₹500 Łódź|Nguyễn Thị Ánh|İbrahimoğlu Yılmaz
Ἀριστοτέλης Ωνάσης|Ѓорѓи Ќосев Ґалаґан|Þórður Æðelstan|Mamadou Ɓah Ŋkrumah
Tłįchǫ Ts'ıı|Renée O’Connor-Šťastná|x̌a q̓ʷ m̓|Ada 😀 Lovelace
"""
GIVEN = [name for line in NAMES.split("\n") for name in line.split("|") if name]


def with_memos(*memos: str) -> Statement:
    start = datetime(2026, 10, 1, tzinfo=UTC)
    bare = statement_of(
        chain([(start + timedelta(minutes=number), "deposit", 1) for number in range(len(memos))]), "2026-10"
    )
    return replace(bare, lines=[Line(line.entry, memo) for line, memo in zip(bare.lines, memos, strict=True)])


def lines_of(document: bytes) -> list[str]:
    pages = PdfReader(io.BytesIO(document)).pages
    return [line.strip() for page in pages for line in page.extract_text().split("\n")]


def test_names_of_the_world_are_read_back_as_they_were_given() -> None:
    assert len(GIVEN) > 50
    lines = lines_of(render(with_memos(*GIVEN), BANK, Addressee((GIVEN[0], GIVEN[11]))))
    assert [name for name in GIVEN if name not in lines] == []
    assert "\ufffd" not in "".join(lines)


@pytest.mark.parametrize("name", GIVEN)
def test_every_letter_of_a_name_has_a_glyph(name: str) -> None:
    shown = [sign for sign in name if not any(first <= sign <= last for first, last in SHAPELESS)]
    assert [sign for sign in shown if face_of(sign, False, "") is None] == []
    assert all(glyph.number for cluster in shape(name) for glyph in cluster.glyphs)


def test_arabic_letters_are_joined_and_run_from_right_to_left() -> None:
    alone, joined = shape("ب"), shape("بد")
    assert [cluster.text for cluster in joined] == ["د", "ب"]
    assert joined[1].glyphs[-1].number != alone[0].glyphs[-1].number


def test_a_devanagari_vowel_is_drawn_before_the_letter_that_it_follows() -> None:
    [syllable], [letter] = shape("कि"), shape("क")
    assert syllable.glyphs[-1].number == letter.glyphs[0].number
    assert len(syllable.glyphs) == 2


def test_chinese_characters_look_as_in_the_country_of_the_address() -> None:
    glyphs = {shape("直", False, country)[0].glyphs[0].number for country in ("JP", "CN")}
    assert len(glyphs) == 2


def test_a_bold_text_of_another_script_is_bold() -> None:
    assert shape("مصرف", is_bold=True)[0].advance != shape("مصرف")[0].advance
    assert "مصرف" in " ".join(lines_of(render(with_memos("x"), Letterhead("مصرف", ()), Addressee(("Z",)))))


@pytest.mark.parametrize("sign", ["\ue000", "\U000f0000", "ܐ", "\u0378"])
def test_a_character_of_no_font_is_a_visible_placeholder_and_is_read_back(sign: str) -> None:
    [placeholder] = shape(sign)
    assert placeholder.glyphs == shape("\ufffd")[0].glyphs
    assert f"a{sign}b" in lines_of(render(with_memos(f"a{sign}b"), BANK, Addressee(("Z",))))


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x85\x9f", "\ud800", "\ufffe", "\ufdd0", "\U0010ffff"])
def test_what_is_no_character_is_the_replacement_character(sign: str) -> None:
    assert "\ufffd" in "".join(lines_of(render(with_memos(f"a{sign}b"), BANK, Addressee(("Z",)))))


@pytest.mark.parametrize(
    "text", ["\u200d", "\u202e", "\u0301", "\u200bx", "\u200f", "\ufe0f", "👨‍👩‍👧‍👦🏳️‍🌈", "ा", "﷽", "\u3000"]
)
def test_no_text_fails(text: str) -> None:
    assert render(with_memos(text, text * 140), BANK, Addressee((text, text)))


def test_a_pile_of_marks_does_not_reach_the_rows_beside_it() -> None:
    document = PdfReader(io.BytesIO(render(with_memos("e" + "\u0330\u0301" * 60), BANK, Addressee(("Z",)))))
    _, low, _, high = document.pages[0]["/Resources"]["/Font"]["/N0"]["/FontBBox"]  # type: ignore[index]
    assert (low > -1600, high < 1900) == (True, True)


@pytest.mark.parametrize("text", ["क्षत्रिय" * 20, "ผึ้ง" * 30, "李" * 140, "ש" * 90 + " " + "ת" * 40, "ṣọ́" * 50])
def test_long_words_break_between_syllables(text: str) -> None:
    pen = Pen(Canvas(io.BytesIO()))
    lines = pen.break_lines([text], TEXT_SIZE, DESCRIPTION_WIDTH)
    assert len(lines) > 1
    assert "".join(lines) == text.replace(" ", "")
    assert max(pen.width(line, REGULAR, TEXT_SIZE) for line in lines) <= DESCRIPTION_WIDTH + 0.01


def test_lines_that_fit_are_not_broken() -> None:
    pen = Pen(Canvas(io.BytesIO()))
    assert pen.break_lines(["a  b", "राम  कुमार", "", "c"], TEXT_SIZE, DESCRIPTION_WIDTH) == ["a b", "राम कुमार", "", "c"]


def test_many_different_clusters_take_several_fonts() -> None:
    memo = ["".join(chr(0x4E00 + 100 * row + place) for place in range(100)) for row in range(6)]
    lines = lines_of(render(with_memos(*memo), BANK, Addressee(("Z",))))
    whole = "".join(lines)
    assert [text for text in memo if text[:20] not in whole or text[-20:] not in whole] == []
