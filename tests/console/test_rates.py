"""Interest rates with their history: managers set them, tellers read them."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.console.pages import CALLS_MAX
from tests.workflow.bank import Client

if TYPE_CHECKING:
    from tests.console.screen import Screen

FRACTION = """async ([address, texts]) => {
  const { fractionOf } = await import(address);
  return texts.map(fractionOf);
}"""
PERCENT = FRACTION.replace("fractionOf", "typedPercent")


def test_a_manager_sets_a_rate_in_percent(screen: "Screen", manager: Client) -> None:
    day = (datetime.now(UTC) + timedelta(days=400)).date().isoformat()
    screen.log_in(manager, "#/rates")
    screen.settle()
    assert len(screen.calls) <= CALLS_MAX, screen.calls
    page, dialog = screen.page, screen.page.get_by_role("dialog")
    card = page.locator(".card").filter(has=page.get_by_role("heading", name="Savings account"))
    card.get_by_role("button", name="Set a rate").click()
    dialog.get_by_label("Percent a year").fill("2,75")
    dialog.get_by_label("From").fill(day)
    dialog.get_by_role("button", name="Set a rate").dblclick()
    dialog.get_by_text("Done").wait_for()
    dialog.get_by_role("button", name="Close").click()
    row = card.get_by_role("row").filter(has_text="2.75%")
    row.get_by_text("To come").wait_for()
    latest = manager.get("/v1/interest-rates/savings/history").body["data"][0]
    assert (latest["annual_rate"], latest["effective_from"]) == ("0.0275", day)


def test_a_teller_reads_rates_and_sets_none(screen: "Screen", teller: Client) -> None:
    screen.log_in(teller, "#/rates")
    screen.page.get_by_role("heading", name="Current account").wait_for()
    screen.expect_none(screen.page.get_by_role("button", name="Set a rate"))


@pytest.mark.parametrize("way", [FRACTION, PERCENT])
def test_percentages_are_exact(screen: "Screen", way: str) -> None:
    screen.open("#/log-in")
    pairs = {"3.25": "0.0325", "3,25": "0.0325", "12.00": "0.1200", "0.50": "0.0050", "100.00": "1.0000"}
    typed, fractions = list(pairs), list(pairs.values())
    module = f"{screen.address}interest/words.js"
    given, wanted = (typed, fractions) if way == FRACTION else (fractions, [text.replace(",", ".") for text in typed])
    found = screen.page.evaluate(way, [module, given])
    assert found == wanted
