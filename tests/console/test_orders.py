"""Payees, standing orders and payments on a date in the browser."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.stack import Stack
from tests.workflow.bank import Client, register

if TYPE_CHECKING:
    from tests.console.screen import Screen


@dataclass
class Parties:
    """A customer with money, and another one's account."""

    payer: Client
    to: dict[str, Any]


@pytest.fixture
def parties(stack: Stack) -> Parties:
    payer, payee = register(stack.url), register(stack.url)
    account = payer.open_account(nickname="Everyday")
    assert payer.deposit(account["id"], "2000.00").status == 201
    return Parties(payer, payee.open_account())


def test_a_payee_is_saved_paid_and_removed(screen: "Screen", parties: Parties) -> None:
    screen.log_in(parties.payer, "#/payees")
    screen.page.get_by_label("Name", exact=True).fill("Landlord")
    screen.page.get_by_label("IBAN or account number").fill(parties.to["iban"])
    screen.page.get_by_role("button", name="Add a payee").dblclick()
    screen.page.get_by_role("status").filter(has_text="Landlord is saved").wait_for()
    row = screen.page.get_by_role("row").filter(has_text="Landlord")
    row.get_by_role("link", name="Pay").click()
    screen.page.get_by_role("heading", name="Transfer", exact=True).wait_for()
    screen.open("#/payees")
    row.get_by_role("button", name="Rename").click()
    dialog = screen.page.get_by_role("dialog")
    dialog.get_by_label("Your own name for it").fill("Harbour Street 3")
    dialog.get_by_role("button", name="Rename").click()
    dialog.get_by_role("button", name="Close").click()
    row.get_by_text("Harbour Street 3").wait_for()
    row.get_by_role("button", name="Remove").click()
    dialog.get_by_role("button", name="Remove").click()
    screen.page.get_by_text("You have saved nobody yet.").wait_for()
    assert parties.payer.get("/v1/beneficiaries").body["data"] == []


def test_a_payee_to_be_paid_takes_the_place_of_a_draft(screen: "Screen", parties: Parties) -> None:
    body = {"name": "Landlord", "account_number": parties.to["account_number"]}
    payee = parties.payer.call("POST", "/v1/beneficiaries", body)
    assert payee.status == 201, payee
    screen.log_in(parties.payer, "#/transfer")
    screen.page.get_by_role("textbox", name="Account number or IBAN").fill("DE89 3704")
    screen.page.get_by_label("Amount").fill("77")
    screen.open("#/payees")
    screen.page.get_by_role("link", name="Pay", exact=True).click()
    chosen = screen.page.get_by_label("Payee", exact=True)
    expect(chosen).to_have_value(payee.body["id"])
    expect(screen.page.get_by_label("Amount")).to_have_value("")
    screen.page.get_by_label("Amount").fill("12.50")
    screen.page.reload()
    expect(chosen).to_have_value(payee.body["id"])
    expect(screen.page.get_by_label("Amount")).to_have_value("12.50")


def test_a_number_that_is_none_is_refused_at_its_field(screen: "Screen", parties: Parties) -> None:
    screen.log_in(parties.payer, "#/payees")
    screen.page.get_by_label("Name", exact=True).fill("Landlord")
    screen.page.get_by_label("IBAN or account number").fill("DE00 1234 5678 9012 3456 78")
    screen.page.get_by_role("button", name="Add a payee").click()
    screen.page.get_by_role("alert").wait_for()
    expect(screen.page.locator("#payee-number")).to_have_attribute("aria-invalid", "true")


def test_a_standing_order_is_reviewed_made_once_paused_resumed_and_cancelled(
    screen: "Screen", parties: Parties
) -> None:
    screen.log_in(parties.payer, "#/standing-orders/new")
    screen.page.get_by_role("textbox", name="Account number or IBAN").fill(parties.to["account_number"])
    screen.page.get_by_label("Amount").fill("750")
    screen.page.get_by_label("Message").fill("Rent")
    screen.page.get_by_label("Day of the month").select_option("last")
    screen.page.get_by_role("button", name="Review").click()
    screen.page.get_by_role("heading", name="Is everything right?").wait_for()
    screen.page.locator("ul.rows li").nth(5).wait_for()
    screen.page.get_by_role("button", name="Set up the standing order").dblclick()
    screen.page.get_by_role("status").filter(has_text="The standing order is set up").wait_for()
    assert len(parties.payer.get("/v1/standing-orders").body["data"]) == 1

    screen.page.get_by_role("link", name="Show it").click()
    screen.page.get_by_role("button", name="Change", exact=True).click()
    dialog = screen.page.get_by_role("dialog")
    dialog.get_by_label("Amount").fill("775,50")
    dialog.get_by_role("button", name="Change").dblclick()
    dialog.get_by_role("button", name="Close").click()
    screen.page.get_by_text("$775.50").first.wait_for()
    for act, state in (("Pause", "Paused"), ("Resume", "Active"), ("Cancel the order", "Cancelled")):
        screen.page.get_by_role("button", name=act, exact=True).click()
        screen.page.get_by_role("dialog").get_by_role("button", name=act, exact=True).click()
        screen.page.locator(".badge").filter(has_text=re.compile(f"^{state}$")).first.wait_for()
    assert parties.payer.get("/v1/standing-orders").body["data"][0]["status"] == "cancelled"


def test_what_the_api_refuses_on_review_is_shown_at_the_fields(screen: "Screen", parties: Parties) -> None:
    screen.log_in(parties.payer, "#/standing-orders/new")
    screen.page.get_by_role("textbox", name="Account number or IBAN").fill("000000000000")
    screen.page.get_by_label("Amount").fill("10")
    screen.page.get_by_role("button", name="Review").click()
    expect(screen.page.get_by_role("alert")).to_be_focused()
    assert parties.payer.get("/v1/standing-orders").body["data"] == []


def test_a_transfer_that_repeats_becomes_a_standing_order(screen: "Screen", parties: Parties) -> None:
    savings = parties.payer.open_account(type="savings", nickname="Rainy days")
    payer = next(one for one in parties.payer.get("/v1/accounts").body["data"] if one["id"] != savings["id"])
    screen.log_in(parties.payer, "#/transfer")
    page = screen.page
    page.get_by_label("From").select_option(payer["id"])
    page.get_by_label("My own account").check()
    page.get_by_label("My other account").select_option(savings["id"])
    page.get_by_label("Amount").fill("1,250.50")
    page.get_by_label("Repeating").check()
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="New standing order").wait_for()
    page.get_by_role("button", name="Review").click()
    page.get_by_text("Rainy days").wait_for()
    page.get_by_role("button", name="Set up the standing order").click()
    page.get_by_role("status").filter(has_text="The standing order is set up").wait_for()
    page.get_by_role("link", name="Show it").click()
    page.get_by_role("definition").filter(has_text="Rainy days").wait_for()
    [order] = parties.payer.get("/v1/standing-orders").body["data"]
    assert (order["from_account_id"], order["to_account_id"], order["amount"]) == (
        payer["id"],
        savings["id"],
        "1250.50",
    )


def test_a_repeating_payment_to_another_bank_is_checked_and_shows_its_payee(screen: "Screen", parties: Parties) -> None:
    payer = parties.payer.open_account(currency="EUR", initial_deposit="100.00", nickname="Travel")
    screen.log_in(parties.payer, "#/transfer")
    page = screen.page
    page.get_by_label("From").select_option(payer["id"])
    page.get_by_role("textbox", name="Account number or IBAN").fill("DE89 3704 0044 0532 0130 00")
    page.get_by_label("Name of the payee").fill("Zoë Müller")
    page.get_by_label("Amount").fill("12.00")
    page.get_by_label("Repeating").check()
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="New standing order").wait_for()
    page.get_by_role("button", name="Review").click()
    page.get_by_text("The name fits: Zoë Müller").wait_for()
    page.get_by_role("button", name="Set up the standing order").click()
    page.get_by_role("link", name="Show it").click()
    page.get_by_role("definition").filter(has_text="Zoë Müller · DE89 3704 0044 0532 0130 00").wait_for()
    [order] = [one for one in parties.payer.get("/v1/standing-orders").body["data"] if one["to_iban"]]
    assert (order["to_name"], order["verification"], order["amount"]) == ("Zoë Müller", "match", "12.00")
