"""What customers correct in their own profile."""

from typing import TYPE_CHECKING

from tests.workflow.bank import Client

if TYPE_CHECKING:
    from tests.console.screen import Screen


def test_a_customer_corrects_the_name_and_the_phone(screen: "Screen", customer: Client) -> None:
    screen.log_in(customer, "#/profile")
    screen.settle()
    assert len(screen.calls) <= 3
    page = screen.page
    page.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Last name").fill("Marlowe-King")
    dialog.get_by_label("Phone").fill("+442079460124")
    dialog.get_by_role("button", name="Edit").click()
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("navigation").get_by_text("Marlowe-King").wait_for()
    profile = customer.get("/v1/user/profile").body["customer"]
    assert (profile["last_name"], profile["phone"]) == ("Marlowe-King", "+442079460124")


def test_a_customer_moves_house(screen: "Screen", customer: Client) -> None:
    screen.log_in(customer, "#/profile")
    page = screen.page
    dialog = page.get_by_role("dialog")
    for line in ("1 Old Street", "3 Harbour Row"):
        add_address(screen, line)
        page.get_by_role("table").get_by_text(line).wait_for()
    page.get_by_role("table").get_by_text("United Kingdom").first.wait_for()
    page.get_by_role("button", name="Make it the main address").click()
    dialog.get_by_role("button", name="Make it the main address").click()
    dialog.get_by_role("button", name="Close").click()
    old = page.get_by_role("row").filter(has_text="1 Old Street")
    old.get_by_text("Further address").wait_for()
    old.get_by_role("button", name="Remove").click()
    dialog.get_by_role("button", name="Remove").click()
    old.wait_for(state="detached")
    customer_id = customer.get("/v1/user/profile").body["customer"]["id"]
    addresses = customer.get(f"/v1/customers/{customer_id}/addresses").body["data"]
    assert [(one["line1"], one["country"], one["is_primary"]) for one in addresses] == [("3 Harbour Row", "GB", True)]


def add_address(screen: "Screen", line: str) -> None:
    """Add an address through the dialog, with a double click."""
    screen.page.get_by_role("button", name="Add an address").click()
    dialog = screen.page.get_by_role("dialog")
    dialog.get_by_label("Street and number").fill(line)
    dialog.get_by_label("Postal code").fill("BS1 4ZZ")
    dialog.get_by_label("City").fill("Bristol")
    dialog.get_by_label("Country").fill("gb")
    dialog.get_by_role("button", name="Add an address").dblclick()
    dialog.get_by_role("button", name="Close").click()
