"""Lists that are read again."""

import re
import time
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.workflow.bank import Client

if TYPE_CHECKING:
    from playwright.sync_api import Route

    from tests.console.screen import Screen

WATCH_ROWS = """() => {
    window.sawNone = false;
    const look = () => { window.sawNone ||= !document.querySelector("main tbody tr"); };
    new MutationObserver(look).observe(document.body, {childList: true, subtree: true});
}"""
FILTER_BEFORE_PAINT = """([filter, value]) => new Promise(painting => {
    const texts = () => [...document.querySelectorAll("main .rows > li")].map(row => row.textContent);
    requestAnimationFrame(() => painting([document.querySelector(filter).value, texts()]));
    const choice = document.querySelector(filter);
    choice.value = value;
    choice.dispatchEvent(new Event("input", {bubbles: true}));
})"""
"""Choose a filter, and tell what the next frame is about to paint."""
PAYEES = re.compile(r"/api/v1/beneficiaries")


def test_rows_stay_on_the_page_until_the_new_ones_are_there(screen: "Screen", customer: Client) -> None:
    account = customer.open_account()
    for name in ("Landlord", "Gardener"):
        payee = {"name": name, "account_number": account["account_number"], "nickname": name}
        assert customer.post("/v1/beneficiaries", payee).status == 201
    screen.log_in(customer, "#/payees")
    row = screen.page.get_by_role("row").filter(has_text="Gardener")
    other = screen.page.get_by_role("row").filter(has_text="Landlord")
    row.wait_for()

    def answer_slowly(route: "Route") -> None:
        time.sleep(1)
        route.continue_()

    screen.page.evaluate(WATCH_ROWS)
    other.get_by_role("button", name="Remove").click()
    screen.page.route(
        PAYEES, lambda route: answer_slowly(route) if route.request.method == "GET" else route.continue_()
    )
    screen.page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    other.wait_for(state="detached")
    expect(row).to_have_count(1)
    saw_none = screen.page.evaluate("window.sawNone")
    assert saw_none is False


def test_a_list_that_cannot_be_read_again_says_so_beside_its_rows(screen: "Screen", customer: Client) -> None:
    account = customer.open_account()
    payee = {"name": "Landlord", "account_number": account["account_number"]}
    assert customer.post("/v1/beneficiaries", payee).status == 201
    screen.log_in(customer, "#/payees")
    page = screen.page
    row = page.get_by_role("row").filter(has_text="Landlord")
    row.get_by_role("button", name="Remove").click()
    page.route(PAYEES, lambda route: route.abort() if route.request.method == "GET" else route.continue_())
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    page.get_by_role("alert").get_by_text("The bank does not answer").wait_for()
    expect(row).to_have_count(1)
    page.unroute(PAYEES)
    page.get_by_role("alert").get_by_role("button", name="Try again").click()
    page.get_by_text("You have saved nobody yet.").wait_for()


def test_rows_of_the_earlier_filter_are_not_painted_under_the_new_one(screen: "Screen", customer: Client) -> None:
    account = customer.open_account(initial_deposit="12.34")
    screen.log_in(customer, f"#/accounts/{account['id']}")
    screen.page.locator("main .rows > li").filter(has_text="$12.34").wait_for()
    chosen, rows = screen.page.evaluate(FILTER_BEFORE_PAINT, ["#history-type", "withdrawal"])
    assert chosen == "withdrawal"
    assert rows == []
    screen.page.get_by_text("No movement fits these filters.").wait_for()
