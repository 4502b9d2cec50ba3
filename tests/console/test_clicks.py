"""Clicks that come before the page has disabled their button: what they ask for is asked for once."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Locator, Request, expect

from tests.workflow.bank import Client

if TYPE_CHECKING:
    from tests.console.screen import Screen

CLICK_TWICE = "button => { button.click(); button.click(); }"
"""Both in one task, so that nothing can be drawn between them."""


@pytest.fixture
def account(customer: Client) -> dict[str, Any]:
    return customer.open_account(nickname="Everyday", initial_deposit="2000.00")


def add_payee(customer: Client, account: dict[str, Any]) -> None:
    payee = {"name": "Landlord", "account_number": account["account_number"]}
    assert customer.post("/v1/beneficiaries", payee).status == 201


def open_removal(screen: "Screen") -> Locator:
    """Ask for the removal of the only payee, and return the button that confirms it."""
    row = screen.page.get_by_role("row").filter(has_text="Landlord")
    row.get_by_role("button", name="Remove").click()
    return screen.page.get_by_role("dialog").get_by_role("button", name="Remove")


def requests_of(screen: "Screen", method: str, path: str) -> list[Request]:
    return [one for one in screen.requests if one.method == method and re.search(f"/api/v1/{path}", one.url)]


def test_two_clicks_at_once_confirm_once(screen: "Screen", customer: Client, account: dict[str, Any]) -> None:
    add_payee(customer, account)
    screen.log_in(customer, "#/payees")
    open_removal(screen).evaluate(CLICK_TWICE)
    screen.page.get_by_text("You have saved nobody yet.").wait_for()
    assert len(requests_of(screen, "DELETE", "beneficiaries")) == 1


def test_second_click_of_a_double_click_confirms_nothing(
    screen: "Screen", customer: Client, account: dict[str, Any]
) -> None:
    add_payee(customer, account)
    screen.log_in(customer, "#/payees")
    yes = open_removal(screen)
    yes.dispatch_event("click", {"detail": 2})
    screen.settle()
    expect(yes).to_be_enabled()
    assert requests_of(screen, "DELETE", "beneficiaries") == []
    yes.click()
    screen.page.get_by_text("You have saved nobody yet.").wait_for()


def test_two_clicks_at_once_compare_a_name_and_pay_once(
    screen: "Screen", customer: Client, account: dict[str, Any]
) -> None:
    savings = customer.open_account(type="savings")
    screen.log_in(customer, f"#/transfer?from={account['id']}")
    page = screen.page
    page.get_by_role("textbox", name="Account number or IBAN").fill(savings["iban"])
    page.get_by_label("Name of the payee").fill("Ada B")
    page.get_by_label("Amount").fill("25")
    page.get_by_role("button", name="Review").evaluate(CLICK_TWICE)
    page.get_by_text("The name fits: Ada B").wait_for()
    page.get_by_role("button", name="Pay now").evaluate(CLICK_TWICE)
    page.get_by_role("status").filter(has_text="$25.00 was paid.").wait_for()
    assert len(requests_of(screen, "POST", "payee-verifications")) == 1
    assert len(requests_of(screen, "POST", "transactions/transfer")) == 1
    assert customer.balance(account["id"]) == "1975.00"


def test_two_clicks_at_once_save_a_statement_once(screen: "Screen", customer: Client, account: dict[str, Any]) -> None:
    screen.log_in(customer, f"#/accounts/{account['id']}")
    with screen.page.expect_download():
        screen.page.get_by_role("button", name="CSV", exact=True).evaluate(CLICK_TWICE)
    screen.settle()
    assert len(requests_of(screen, "GET", "accounts/[^/]+/statements")) == 1


def test_payment_after_a_skipped_one_is_skipped_with_another_key(
    screen: "Screen", customer: Client, account: dict[str, Any]
) -> None:
    savings = customer.open_account(type="savings")
    first = (datetime.now(UTC) + timedelta(days=9)).date()
    order = customer.post(
        "/v1/standing-orders",
        {
            "from_account_id": account["id"], "to_account_id": savings["id"], "amount": "1.00",
            "frequency": {"unit": "week", "every": 1}, "start": first.isoformat(),
        },
    ).body  # fmt: skip
    screen.log_in(customer, f"#/standing-orders/{order['id']}")
    dialog = screen.page.get_by_role("dialog")
    for _ in range(2):
        screen.page.get_by_role("button", name="Skip the next payment").click()
        dialog.get_by_role("button", name="Skip the next payment").click()
        dialog.wait_for(state="detached")
    [found] = customer.get("/v1/standing-orders").body["data"]
    assert found["next"][0]["date"] == (first + timedelta(weeks=2)).isoformat()
