"""What customers correct in their own profile."""

from typing import TYPE_CHECKING

from tests.workflow.bank import Client

if TYPE_CHECKING:
    from tests.console.screen import Screen


def test_a_customer_corrects_the_name_and_moves_house(screen: "Screen", customer: Client) -> None:
    screen.log_in(customer)
    screen.open("#/profile")
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

    for line in ("1 Old Street", "3 Harbour Row"):
        page.get_by_role("button", name="Add an address").click()
        dialog.get_by_label("Street and number").fill(line)
        dialog.get_by_label("Postal code").fill("BS1 4ZZ")
        dialog.get_by_label("City").fill("Bristol")
        dialog.get_by_label("Country").fill("gb")
        dialog.get_by_role("button", name="Add an address").dblclick()
        dialog.get_by_role("button", name="Close").click()
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

    profile = customer.get("/v1/user/profile").body["customer"]
    assert (profile["last_name"], profile["phone"]) == ("Marlowe-King", "+442079460124")
    addresses = customer.get(f"/v1/customers/{profile['id']}/addresses").body["data"]
    assert [(one["line1"], one["country"], one["is_primary"]) for one in addresses] == [("3 Harbour Row", "GB", True)]
