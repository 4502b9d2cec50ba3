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
