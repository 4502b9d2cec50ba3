"""The list prices of AWS with their sources, from bench/prices.json, and what is free each month."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from infra.settings import ROOT

PRICES_FILE = ROOT / "bench" / "prices.json"


@dataclass(frozen=True)
class Line:
    """An amount of what has a price, such as 2 of `kms_key_months`, and what it is for."""

    what: str
    price: str
    amount: float

    @property
    def dollars(self) -> float:
        """Return the list price."""
        found = _read_prices()["prices"][self.price]
        return float(self.amount * found["usd"] / found["per"])


def sum_of(lines: list[Line]) -> float:
    """Return the list price of all lines."""
    return sum(line.dollars for line in lines)


def sum_after_free(lines: list[Line]) -> float:
    """Return the price of all lines in an account that uses the free amounts for nothing else."""
    amounts: dict[str, float] = {}
    for line in lines:
        amounts[line.price] = amounts.get(line.price, 0) + line.amount
    free = _read_prices()["always_free"]["amounts"]
    return sum(Line("", price, max(0, amount - free.get(price, 0))).dollars for price, amount in amounts.items())


@cache
def _read_prices() -> Any:
    return json.loads(PRICES_FILE.read_text("utf-8"))
