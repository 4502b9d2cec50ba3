"""The order of an address by its country."""

import pytest

from chalicelib.domain.customers.country import COUNTRIES
from chalicelib.services.statements.address_format import format_address

NAME = ("Ada Lovelace",)


@pytest.mark.parametrize(
    ("line1", "city", "region", "postal_code", "country", "wanted"),
    [
        ("1 Main St", "Springfield", "IL", "62701", "US", "Ada Lovelace/1 Main St/Springfield, IL 62701/UNITED STATES"),
        ("1 Main St", "Springfield", None, "62701", "US", "Ada Lovelace/1 Main St/Springfield 62701/UNITED STATES"),
        ("Hauptstr. 1", "Berlin", None, "10115", "DE", "Ada Lovelace/Hauptstr. 1/10115 Berlin/GERMANY"),
        ("Hauptstr. 1", "Hof", "Bayern", "95028", "DE", "Ada Lovelace/Hauptstr. 1/95028 Hof/Bayern/GERMANY"),
        (
            "10 Downing St",
            "London",
            None,
            "SW1A 2AA",
            "GB",
            "Ada Lovelace/10 Downing St/London/SW1A 2AA/UNITED KINGDOM",
        ),
        ("Fő utca 1", "Budapest", None, "1011", "HU", "Ada Lovelace/Budapest/Fő utca 1/1011/HUNGARY"),
        ("Rua A 1", "Rio", "RJ", "20000-000", "BR", "Ada Lovelace/Rua A 1/Rio-RJ/20000-000/BRAZIL"),
        ("千代田1-1", "千代田区", "東京都", "100-0001", "JP", "〒100-0001/東京都千代田区/千代田1-1/Ada Lovelace/JAPAN"),
        ("1-1 Chiyoda", "Chiyoda", "Tokyo", "100-0001", "JP", "Ada Lovelace/1-1 Chiyoda/Chiyoda, Tokyo/100-0001/JAPAN"),
        ("长安街1号", "北京市", None, "100000", "CN", "100000/北京市/长安街1号/Ada Lovelace/CHINA"),
        ("Sheikh Rd", "Jumeirah", "Dubai", None, "AE", "Ada Lovelace/Sheikh Rd/Jumeirah/Dubai/UNITED ARAB EMIRATES"),
        ("1 Bay Ave", "Singapore", None, "018956", "SG", "Ada Lovelace/1 Bay Ave/SINGAPORE 018956/REP. OF SINGAPORE"),
    ],
)
def test_the_lines_of_an_address_are_in_the_order_of_its_country(
    line1: str, city: str, region: str | None, postal_code: str | None, country: str, wanted: str
) -> None:
    fields = {"line1": line1, "city": city, "region": region, "postal_code": postal_code, "country": country}
    assert "/".join(format_address(NAME, fields)) == wanted


@pytest.mark.parametrize("country", [*sorted(COUNTRIES), "", "XX"])
@pytest.mark.parametrize("street", ["Street 1", "街道"])
def test_nothing_of_an_address_is_left_out_in_any_country(country: str, street: str) -> None:
    fields = {"line1": street, "line2": "Flat 7", "city": "Ctown", "region": "Rland", "postal_code": "P-123"}
    lines = format_address(("Ada", "Ben"), fields | {"country": country})
    whole = "\n".join(lines)
    assert [text for text in (*fields.values(), "Ada", "Ben") if whole.count(text) != 1] == []
    assert "%" not in whole


def test_two_names_are_two_lines_and_no_address_is_no_more() -> None:
    assert format_address(("Ada", "Ben"), {}) == ("Ada", "Ben")
    assert format_address((), {}) == ()
