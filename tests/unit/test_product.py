"""A product is known wherever an account of it is opened, shown or credited."""

import json
from pathlib import Path

import pytest

from chalicelib import config
from chalicelib.domain.interest.rate import STANDARD_MILLIONTHS
from chalicelib.domain.product import PRODUCTS

CONSOLE = Path(__file__).parents[2] / "console"


def test_each_product_has_a_rate_and_a_day_count() -> None:
    assert set(STANDARD_MILLIONTHS) == set(config.day_counts) == set(PRODUCTS)


@pytest.mark.parametrize("language", ["en", "de"])
def test_each_product_has_a_name_in_the_console(language: str) -> None:
    strings = json.loads((CONSOLE / f"strings/{language}.json").read_text())
    assert [product for product in PRODUCTS if f"account.type.{product}" not in strings] == []


def test_the_console_opens_accounts_of_each_product() -> None:
    form = (CONSOLE / "accounts/open_account.js").read_text()
    assert [product for product in PRODUCTS if f'"{product}"' not in form] == []
