"""Account numbers: twelve digits of which the last two check the others."""

import pytest

from chalicelib.domain.accounts.account_number import STEM_MIN, STEMS, account_number, is_account_number
from chalicelib.domain.accounts.account_number import new_account_number as draw


@pytest.mark.parametrize(
    ("stem", "number"),
    [(1_000_000_000, "100000000093"), (1_234_567_890, "123456789092"), (9_999_999_999, "999999999951")],
)
def test_check_digits_make_the_number_one_more_than_a_multiple_of_97(stem: int, number: str) -> None:
    assert account_number(stem) == number
    assert int(number) % 97 == 1
    assert is_account_number(number)


def test_stems_are_all_numbers_of_ten_digits_that_begin_with_no_zero() -> None:
    assert (STEM_MIN, STEM_MIN + STEMS - 1) == (1_000_000_000, 9_999_999_999)
    assert {len(draw()) for _ in range(50)} == {12}


@pytest.mark.parametrize(
    "text", ["", "1", "00000000000098", "12345678909", "1234567890920", "12345678909x", "１２３４５６７８９０９２"]
)
def test_text_of_another_length_or_with_other_characters_is_none(text: str) -> None:
    assert not is_account_number(text)


def test_number_with_other_check_digits_is_none() -> None:
    assert [digits for digits in range(100) if is_account_number(f"1234567890{digits:02d}")] == [92]
