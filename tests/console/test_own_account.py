"""What a customer changes of an account, and what the bank is asked for."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import requests
from playwright.sync_api import expect

from tests.stack import Stack
from tests.words import words_of
from tests.workflow.bank import Client, register

if TYPE_CHECKING:
    from tests.console.screen import Screen


@pytest.fixture
def account(customer: Client) -> dict[str, Any]:
    return customer.open_account(nickname="Everyday")


def test_a_first_account_is_opened_once(screen: "Screen", customer: Client) -> None:
    screen.log_in(customer)
    page = screen.page
    page.get_by_role("button", name="Open an account").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name of the account").fill("Travel")
    dialog.get_by_role("button", name="Open an account").dblclick()
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("link", name="Travel").wait_for()
    assert [one["nickname"] for one in customer.get("/v1/accounts").body["data"]] == ["Travel"]


def test_an_account_is_renamed_and_gets_a_pin(screen: "Screen", customer: Client, account: dict[str, Any]) -> None:
    screen.log_in(customer, f"#/accounts/{account['id']}")
    page, dialog = screen.page, screen.page.get_by_role("dialog")
    page.get_by_role("button", name="Rename").click()
    dialog.get_by_label("Name of the account").fill("Household")
    dialog.get_by_role("button", name="Rename").click()
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("heading", name="Household").wait_for()
    page.get_by_role("button", name="Set the PIN").click()
    dialog.get_by_label("New PIN").fill("804217")
    dialog.get_by_role("button", name="Set the PIN").click()
    dialog.get_by_text("Done").wait_for()
    assert "804217" not in words_of(page.evaluate("JSON.stringify({...sessionStorage})"))
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Make a link").click()
    dialog.get_by_role("button", name="Make a link").click()
    dialog.get_by_role("button", name="Close").click()
    link = page.get_by_text("/calendar.ics?token=").inner_text()
    assert link.split("token=")[1] not in page.evaluate("JSON.stringify({...sessionStorage})")
    assert requests.get(link, timeout=60).text.startswith("BEGIN:VCALENDAR")
    assert customer.deposit(account["id"], "5.00").status == 201
    taken = customer.post("/v1/transactions/withdraw", {"account_id": account["id"], "amount": "1.00"})
    assert taken.body["code"] == "pin_required"


def test_the_bank_is_asked_to_freeze_an_account(screen: "Screen", customer: Client, account: dict[str, Any]) -> None:
    screen.log_in(customer, f"#/accounts/{account['id']}")
    page, dialog = screen.page, screen.page.get_by_role("dialog")
    page.get_by_role("button", name="Ask the bank to freeze it").click()
    dialog.get_by_label("Reason").fill("My telephone was stolen.")
    dialog.get_by_role("button", name="Ask the bank to freeze it").dblclick()
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("link", name="Go to the conversation").click()
    page.get_by_text("My telephone was stolen.").wait_for()
    [ticket] = customer.get("/v1/tickets").body["data"]
    assert (ticket["account_id"], ticket["status"]) == (account["id"], "open")


def test_holders_are_named_and_removed_by_the_owner(
    new_screen: "Callable[..., Screen]", stack: Stack, teller: Client, customer: Client, account: dict[str, Any]
) -> None:
    friend = register(stack.url)
    holding = f"/v1/accounts/{account['id']}/holders/{friend.user['customer_id']}"
    assert teller.call("PUT", holding, {"rights": "view"}).status == 200
    theirs = new_screen()
    theirs.log_in(friend, f"#/accounts/{account['id']}")
    theirs.page.get_by_role("button", name="Leave the account").wait_for()
    theirs.expect_none(
        theirs.page.get_by_role("button", name="Set the PIN"), theirs.page.get_by_role("link", name="Make a transfer")
    )

    mine = new_screen()
    mine.log_in(customer, f"#/accounts/{account['id']}")
    mine.settle()
    assert len(mine.calls) <= 3
    table = mine.page.get_by_role("table", name="Holders")
    table.get_by_text("You", exact=True).wait_for()
    mine.expect_none(mine.page.locator("main").get_by_text("cus_"))
    table.get_by_role("button", name="Remove").click()
    mine.page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(table.get_by_role("row")).to_have_count(2)  # the heads of the columns, and the owner
    assert friend.get("/v1/accounts").body["data"] == []
