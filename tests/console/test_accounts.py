"""Overview and account pages of a customer."""

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.console.movements import fill
from tests.stack import Stack
from tests.workflow.bank import Client, register

if TYPE_CHECKING:
    from tests.console.screen import Screen

MOVEMENTS = 30


@pytest.fixture
def account_id(customer: Client) -> str:
    account = customer.open_account(nickname="Everyday")
    assert customer.deposit(account["id"], "1500.00").status == 201
    groceries = {"account_id": account["id"], "amount": "40.00", "category": "groceries", "memo": "Market"}
    assert customer.post("/v1/transactions/withdraw", groceries).status == 201
    return str(account["id"])


def test_the_overview_has_balance_movements_and_spending(screen: "Screen", customer: Client, account_id: str) -> None:
    screen.log_in(customer)
    main = screen.page.locator("main")
    assert account_id
    for words in ("$1,460.00", "Available", "Held", "−$40.00", "Market", "Groceries"):
        main.get_by_text(words).first.wait_for()
    main.get_by_role("heading", name="Coming up").scroll_into_view_if_needed()
    main.get_by_text("Nothing is known to come").wait_for()
    screen.page.locator(".chart canvas").wait_for()
    main.get_by_role("link", name="Groceries").click()
    main.get_by_role("heading", name="Everyday").wait_for()
    expect(main.get_by_label("Category")).to_have_value("groceries")
    main.get_by_text("Market").wait_for()
    screen.expect_none(main.get_by_text("+$1,500.00"))


def test_history_reads_on_while_one_scrolls(screen: "Screen", customer: Client, account_id: str) -> None:
    fill(customer, account_id, ["Pocket money"] * MOVEMENTS)
    screen.log_in(customer, f"#/accounts/{account_id}")
    rows = screen.page.locator(".rows > li")
    rows.nth(24).scroll_into_view_if_needed()
    rows.nth(MOVEMENTS + 1).wait_for()
    screen.settle()
    expect(rows).to_have_count(MOVEMENTS + 2)


def test_filters_are_in_the_address(screen: "Screen", customer: Client, account_id: str) -> None:
    screen.log_in(customer, f"#/accounts/{account_id}")
    rows = screen.page.locator(".rows > li")
    expect(rows).to_have_count(2)
    screen.page.get_by_label("Kind").select_option("withdrawal")
    expect(rows).to_have_count(1)
    screen.page.reload()
    expect(rows).to_have_count(1)
    expect(screen.page).to_have_url(re.compile("type=withdrawal"))


def test_statements_are_files(screen: "Screen", customer: Client, account_id: str) -> None:
    screen.log_in(customer, f"#/accounts/{account_id}")
    for button, begins in (("CSV", b"\xef\xbb\xbfdate,"), ("camt.053", b"<?xml"), ("PDF", b"%PDF")):
        with screen.page.expect_download() as saved:
            screen.page.get_by_role("button", name=button, exact=True).click()
        assert saved.value.path().read_bytes().startswith(begins), button


def test_an_account_of_someone_else_is_not_found(
    screen: "Screen", stack: Stack, customer: Client, account_id: str
) -> None:
    screen.log_in(register(stack.url))
    screen.open(f"#/accounts/{account_id}")
    screen.page.get_by_text("This was not found").wait_for()
