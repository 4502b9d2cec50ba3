"""Conversations between a customer and the bank, and the pages that every user has."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.workflow.bank import Client

if TYPE_CHECKING:
    from tests.console.screen import Screen


def test_a_customer_writes_a_teller_answers_and_resolves(
    new_screen: "Callable[..., Screen]", customer: Client, teller: Client
) -> None:
    asking = new_screen()
    asking.log_in(customer, "#/tickets/new")
    asking.page.get_by_label("Subject").fill("My card")
    asking.page.get_by_label("Message").fill("It does not work.")
    asking.page.get_by_role("button", name="Send").dblclick()
    asking.page.get_by_role("heading", name="My card").wait_for()
    [ticket] = customer.get("/v1/tickets").body["data"]

    answering = new_screen()
    answering.log_in(teller, f"#/tickets/{ticket['id']}")
    answering.page.get_by_text("It does not work.").wait_for()
    answering.page.get_by_role("button", name="Take it up").click()
    answering.page.get_by_role("dialog").get_by_role("button", name="Take it up").click()
    answering.page.get_by_text("Taken up by: You").wait_for()
    answering.page.get_by_label("Message").fill("We look at it.")
    answering.page.get_by_role("button", name="Send").click()
    answering.page.get_by_text("We look at it.").wait_for()
    answering.page.get_by_role("button", name="Resolve").click()
    dialog = answering.page.get_by_role("dialog")
    dialog.get_by_label("Resolution").fill("A new card is on its way.")
    dialog.get_by_role("button", name="Resolve").click()
    dialog.get_by_role("button", name="Close").click()
    answering.page.locator(".badge").filter(has_text="Resolved").wait_for()

    asking.page.reload()
    asking.page.get_by_text("A new card is on its way.").wait_for()
    asking.page.get_by_role("button", name="Close").click()
    asking.page.get_by_role("dialog").get_by_role("button", name="Close").click()
    asking.page.locator(".badge").filter(has_text="Closed").wait_for()
    asking.expect_none(asking.page.get_by_text("taken up"))  # customers do not see who of the bank answers


def test_another_session_is_ended_from_the_security_page(new_screen: "Callable[..., Screen]", customer: Client) -> None:
    here, there = new_screen(), new_screen()
    there.log_in(customer)
    here.log_in(customer, "#/security")
    rows = here.page.get_by_role("table", name="Open sessions").locator("tbody tr")
    others = len(customer.get("/v1/user/sessions").body["data"]) - 1
    for left in range(others, 0, -1):
        expect(rows).to_have_count(left + 1)
        rows.get_by_role("button", name="End", exact=True).first.click()
        here.page.get_by_role("dialog").get_by_role("button", name="End", exact=True).click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("This one")
