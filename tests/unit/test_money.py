"""Money is an integer of minor units inside and a decimal string at the door."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import money


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("125.50", "USD", 12550),
        ("125.5", "USD", 12550),
        ("0.01", "EUR", 1),
        ("7", "GBP", 700),
        ("500", "JPY", 500),
        ("1.234", "BHD", 1234),
        ("10000000000000.00", "USD", 10**15),
    ],
)
def test_amounts_are_read_in_their_currency(text: str, currency: str, minor: int) -> None:
    assert money.parse(text, currency) == minor


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "0",
        "0.00",
        "-1",
        "+1",
        "1e3",
        "1.001",
        ".5",
        "5.",
        "1,000.00",
        "007",
        "١٢",
        "1 ",
        "NaN",
        "1\n",
        "9" * 19,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be|more than|too large"):
        money.parse(text, "USD")


def test_decimals_that_the_currency_has_not_are_refused() -> None:
    with pytest.raises(ValueError, match="0 decimals of JPY"):
        money.parse("1.0", "JPY")


def test_zero_is_an_amount_only_where_it_is_allowed() -> None:
    assert money.parse("0.00", "USD", zero_allowed=True) == 0


@given(st.integers(1, 10**15), st.sampled_from(sorted(money.DECIMALS)))
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    assert money.parse(money.text(minor, currency), currency) == minor
    assert money.text(-minor, currency) == "-" + money.text(minor, currency)


@pytest.mark.parametrize("impostor", [True, 1.0, "1", None])
def test_only_an_int_is_money(impostor: object) -> None:
    with pytest.raises(TypeError, match="int of minor units"):
        money.check_minor(impostor)


EXPONENTS = {
    0: "CLP ISK JPY KRW VND",
    2: "AED AUD BGN BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF IDR ILS INR KES MXN NGN NOK NZD PLN RON SAR SEK SGD THB"
    " TRY USD ZAR",
    3: "BHD JOD KWD OMR TND",
}
"""The minor units of ISO 4217, list one."""


def test_each_currency_has_the_decimals_of_the_standard() -> None:
    stated = {currency: decimals for decimals, names in EXPONENTS.items() for currency in names.split()}
    assert stated == money.DECIMALS


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (0, "USD", "0.00"),
        (1, "USD", "0.01"),
        (-1, "USD", "-0.01"),
        (-12550, "USD", "-125.50"),
        (10, "KWD", "0.010"),
        (0, "JPY", "0"),
        (-500, "JPY", "-500"),
    ],
)
def test_amount_is_written_with_all_decimals_of_its_currency(minor: int, currency: str, text: str) -> None:
    assert money.text(minor, currency) == text
    assert str(money.decimal(minor, currency)) == text


def test_amount_that_is_no_int_is_not_written() -> None:
    for impostor in (True, 1.0):
        with pytest.raises(TypeError, match="int of minor units"):
            money.text(impostor, "USD")  # type: ignore[arg-type]


def test_largest_amount_is_a_thousand_million_millions_of_minor_units() -> None:
    assert money.MINOR_MAX == 1_000_000_000_000_000
    assert money.parse("1000000000000000", "JPY") == money.MINOR_MAX
    with pytest.raises(ValueError, match="is too large"):
        money.parse("10000000000000.01", "USD")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", 'must be a positive decimal string such as "125.50"'),
        ("1.001", "has more than the 2 decimals of USD"),
        ("0.00", "must be greater than zero"),
        ("1.0000001", "must be a positive decimal string"),
    ],
)
def test_refusal_of_an_amount_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        money.parse(text, "USD")


@pytest.mark.parametrize(
    ("units", "currency", "minor"),
    [(100, "USD", 10_000), (100, "EUR", 10_000), (100, "JPY", 15_000), (100, "INR", 800_000), (100, "KWD", 100_000)],
)
def test_standard_units_weigh_about_the_same_in_each_currency(units: int, currency: str, minor: int) -> None:
    assert money.minor_of_units(units, currency) == minor


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (123_456_789, "USD", "1,234,567.89"),
        (-123_456_789, "USD", "-1,234,567.89"),
        (-50, "USD", "-0.50"),
        (0, "USD", "0.00"),
        (1_234, "JPY", "1,234"),
        (1_234_567, "KWD", "1,234.567"),
    ],
)
def test_amount_for_people_is_grouped_and_keeps_its_sign(minor: int, currency: str, text: str) -> None:
    assert money.format_grouped(minor, currency) == text
