"""A payment that needs a second person: what the customer sees of it, and takes back."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.stack import Stack
from tests.workflow.bank import Client, register

if TYPE_CHECKING:
    from tests.console.screen import Screen

POLICY = "/v1/approval-policies/transfer"
FIELDS = ("control", "above", "within_24h", "required", "roles", "expires_hours")


@pytest.fixture
def large_transfers_wait(stack: Stack, second_admin: Client) -> Iterator[None]:
    policies = second_admin.get("/v1/approval-policies").body["data"]
    before = next(one for one in policies if one["action"] == "transfer")
    large = {"control": "require", "above": {"USD": "900000.00"}, "required": 1, "roles": ["manager", "admin"]}
    changed = second_admin.call("PUT", POLICY, {name: before[name] for name in FIELDS} | large)
    assert changed.status == 200, changed
    with stack.configured("transfer-task", REFERENCE_CACHE_SECONDS="0"):
        yield
        restored = second_admin.call("PUT", POLICY, {name: before[name] for name in FIELDS})
        assert restored.status == 200, restored


@pytest.mark.usefixtures("large_transfers_wait")
def test_a_large_transfer_waits_for_the_bank_and_is_taken_back(
    screen: "Screen", stack: Stack, customer: Client
) -> None:
    account = customer.open_account(nickname="Everyday")
    assert customer.deposit(account["id"], "950000.00").status == 201
    payee = register(stack.url).open_account()
    screen.log_in(customer, "#/transfer")
    page, dialog = screen.page, screen.page.get_by_role("dialog")
    page.get_by_role("textbox", name="Account number or IBAN").fill(payee["account_number"])
    page.get_by_label("Amount").fill("940,000")
    page.get_by_label("Message").fill("A house")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Pay now").dblclick()
    page.get_by_role("status").filter(has_text="The payment waits for the bank.").wait_for()
    page.get_by_text("A member of staff must agree").wait_for()
    assert customer.balance(account["id"]) == "950000.00"

    screen.open("#/pending")
    row = page.get_by_role("row").filter(has_text="A house")
    row.get_by_text("$940,000.00").wait_for()
    row.get_by_role("link", name="A house").click()
    page.get_by_text("$940,000.00").first.wait_for()
    page.get_by_role("button", name="Take it back").wait_for()
    page.go_back()
    row.get_by_role("button").click()
    dialog.locator("button.primary").click()
    close = dialog.get_by_role("button", name="Close")
    expect(close).to_be_focused()
    close.click()
    page.get_by_text("No payment waits.").wait_for()
    [found] = customer.get("/v1/accounts").body["data"]
    assert (found["balance"], found["held"], found["available"]) == ("950000.00", "0.00", "950000.00")
