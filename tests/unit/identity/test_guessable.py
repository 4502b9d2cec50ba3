"""Which passwords and PINs are tried first."""

import pytest

from chalicelib.domain.identity.guessable import COMMON, pin_weakness, weakness

OWN = ("ada.lovelace@example.com", "Ada", "Lovelace")


@pytest.mark.parametrize(
    ("password", "part"),
    [
        ("aaaaaaaaaa", "repeats"),
        ("abababababa", "repeats"),
        ("ÄbcäBCäbcäb", "repeats"),
        ("12341234123", "repeats"),
        ("abcdefghij", "run"),
        ("ZYXWVUTSRQ", "run"),
        ("7890123456", "run"),
        ("3210987654", "run"),
        ("qwertyuiop", "tried first"),
        ("Password12", "tried first"),
        ("1!password", "tried first"),
        ("PASSWORD2026", "tried first"),
        ("\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff442026", "tried first"),
        ("passwordpassword", "tried first"),
        ("iloveyou!!!!", "tried first"),
        ("ada.lovelace", "own name"),
        ("Lovelace1815", "own name"),
        ("lovelace, ada", "own name"),
        ("Ada-Lovelace-99", "own name"),
        ("ada.lovelace@example.com", "own name"),
    ],
)
def test_a_password_that_is_tried_first_is_named(password: str, part: str) -> None:
    found = weakness(password, OWN)
    assert found is not None
    assert part in found


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "lovelace and 5 looms",
        "manchester-44771",
        "zkdjfhgqpw",
        "Ωμέγα και άλφα",
        "13579acegi",
    ],
)
def test_others_may_be_chosen(password: str) -> None:
    assert weakness(password, OWN) is None


def test_a_short_name_bars_no_password_that_contains_it() -> None:
    assert weakness("a jolly long walk", ("a@b.example", "O", "Li")) is None


def test_nobody_is_told_the_words_that_are_known_of_them() -> None:
    assert "lovelace" not in str(weakness("Lovelace1815", OWN)).lower()


def test_the_common_ones_can_be_the_greater_part_of_a_password() -> None:
    common = COMMON.read_text().splitlines()
    assert len(common) > 18_000
    assert len(set(common)) == len(common)
    assert all(len(one) >= 6 and one == one.lower() for one in common)


@pytest.mark.parametrize(
    ("pin", "part"),
    [
        ("0000", "repeats"),
        ("1212", "repeats"),
        ("123123", "repeats"),
        ("121212", "repeats"),
        ("1234", "run"),
        ("7890", "run"),
        ("987654", "run"),
        ("1984", "birth"),
        ("8484", "repeats"),
        ("3007", "birth"),
        ("0730", "birth"),
        ("300784", "birth"),
        ("073084", "birth"),
        ("840730", "birth"),
        ("0784", "birth"),
        ("8430", "birth"),
        ("198407", "birth"),
        ("071984", "birth"),
    ],
)
def test_a_pin_that_is_tried_first_is_named(pin: str, part: str) -> None:
    assert part in str(pin_weakness(pin, "1984-07-30"))


@pytest.mark.parametrize("pin", ["4711", "2580", "1985", "112233", "4114", "84073"])
def test_other_pins_may_be_chosen(pin: str) -> None:
    assert pin_weakness(pin, "1984-07-30") is None


def test_of_an_owner_without_a_known_birth_only_the_digits_count() -> None:
    assert pin_weakness("1984", None) is None
    assert pin_weakness("1111", None) is not None
