"""What a million of each operation cost in DynamoDB, from the request units that `make bench` has counted."""

import re

from infra.cost.prices import Line, sum_of
from infra.settings import ROOT

RESULTS_FILE = ROOT / "bench" / "RESULTS.md"
UNITS = "## DynamoDB request units"
PRICES = "## Price of a million transfers, in US dollars"
MILLION = 1_000_000
TRANSFERS = {"Posting path": "posting", "Everything": "posting, gateway, API, audit, logs"}
"""Rows of the bill of a million transfers, and what is in them."""
_NUMBER = r"([\d,.]+)"
_UNITS_ROW = re.compile(rf"(\S.*?) {{2,}}{_NUMBER} +{_NUMBER} +{_NUMBER} +{_NUMBER} +{_NUMBER}")


def dynamodb_dollars(results: str | None = None) -> dict[str, float]:
    """Return dollars for a million of each operation: its read units, and all its write units."""
    found = {}
    for line in _table(results, UNITS):
        if row := _UNITS_ROW.fullmatch(line):
            read, written = (float(row[number].replace(",", "")) for number in (2, 5))
            priced = [
                Line(row[1], "dynamodb_read_units", read * MILLION),
                Line(row[1], "dynamodb_write_units", written * MILLION),
            ]
            found[row[1]] = sum_of(priced)
    return found


def transfer_dollars(results: str | None = None) -> dict[str, float]:
    """Return dollars for a million transfers, by what is in them."""
    found = {}
    for line in _table(results, PRICES):
        name, _, dollars = line.rpartition(" ")
        if name.strip() in TRANSFERS:
            found[TRANSFERS[name.strip()]] = float(dollars)
    return found


def _table(results: str | None, heading: str) -> list[str]:
    """Return the lines of the first code block under a heading of the results."""
    text = RESULTS_FILE.read_text("utf-8") if results is None else results
    return text.partition(heading)[2].split("```")[1].splitlines()
