"""E-mail addresses, birthdays, countries."""

from datetime import date

import pytest

from chalicelib.domain import email, person
from chalicelib.domain.country import COUNTRIES

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        ("STRASSE@example.de", "straße@example.de"),
        ("ｊｏ@example.com", "jo@example.com"),  # full-width letters
        ("rene\u0301@example.fr", "ren\u00e9@example.fr"),
    ],
)
def test_addresses_that_are_the_same(one: str, other: str) -> None:
    assert email.normalised(one) == email.normalised(other)


def test_normalising_twice_is_normalising_once() -> None:
    for text in ("\u0345\u0301@x.y", "ǅ@example.com", "ﬃ@example.com", "İ@example.com"):
        assert email.normalised(email.normalised(text)) == email.normalised(text)


@pytest.mark.parametrize("text", ["ada@example.com", "a+b@sub.example.co.uk", "用户@例え.jp", "o'neil@example.ie"])
def test_addresses(text: str) -> None:
    assert email.is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "ada@localhost",
        "@example.com",
        "ada@@example.com",
        "ada@x@example.com",
        "ada\uff20x@example.com",  # a full-width @ is an @
        "ada@.com",
        "ada@example..com",
        "ada @example.com",
        "ada@example.com\n",
        "ada\u200b@example.com",
        "ada\u00a0b@example.com",
        "ada\ud800@example.com",
        "a" * 65 + "@example.com",
        "a@" + "b" * 250 + ".com",
    ],
)
def test_what_is_no_address(text: str) -> None:
    assert not email.is_address(text)


@pytest.mark.parametrize("text", ["1906-11-21", "2026-11-20", "2000-02-29"])
def test_birthdays(text: str) -> None:
    assert person.birth_date(text, TODAY).isoformat() == text


@pytest.mark.parametrize(
    "text",
    ["1906-11-20", "2026-11-21", "2026-11-22", "2001-02-29", "2000-13-01", "0000-01-01", "20000101", "2000-W01-1", ""],
)
def test_what_is_no_birthday(text: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        person.birth_date(text, TODAY)


def test_countries_are_the_assigned_ones() -> None:
    assert len(COUNTRIES) == 249
    assert {"DE", "IN", "US", "GB", "JP"} <= COUNTRIES
    assert not {"UK", "EU", "XX", "ZZ", "AN", "de"} & COUNTRIES
