"""Admins create staff, change roles, and say what needs a second person."""

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.workflow.bank import PASSWORD, Client, make_staff, new_key

if TYPE_CHECKING:
    from tests.console.screen import Screen


def test_an_admin_creates_a_teller_who_becomes_a_manager(screen: "Screen", second_admin: Client) -> None:
    email = f"{new_key()}@florin.example"
    screen.log_in(second_admin, "#/users")
    page = screen.page
    page.get_by_role("button", name="Create a user").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("E-mail address").fill(email)
    dialog.get_by_label("Last name").fill("Ito")
    dialog.get_by_label("First password").fill(PASSWORD)
    assert PASSWORD not in page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    dialog.get_by_role("button", name="Create a user").dblclick()
    dialog.get_by_role("button", name="Close").click()
    row = page.get_by_role("row").filter(has_text=email)
    row.get_by_text("Teller").wait_for()
    row.get_by_role("link").click()
    page.get_by_role("button", name="Change").click()
    dialog.get_by_label("Role").select_option("manager")
    dialog.get_by_role("button", name="Change").click()
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("definition").filter(has_text="Manager").wait_for()


def test_an_admin_links_a_teller_to_the_customer_that_the_person_is(
    screen: "Screen", admin: Client, second_admin: Client, customer: Client
) -> None:
    account = customer.open_account()
    member = make_staff(admin, "teller")
    screen.log_in(second_admin, f"#/users/{member.user['user_id']}")
    page, dialog = screen.page, screen.page.get_by_role("dialog")
    page.get_by_role("button", name="Link to customer").click()
    dialog.get_by_label("Customer").fill("nobody@example.com")
    dialog.get_by_role("button", name="Link to customer").click()
    dialog.get_by_role("alert").filter(has_text="Nobody was found.").wait_for()
    dialog.get_by_label("Customer").fill(account["account_number"])
    dialog.get_by_role("button", name="Link to customer").click()
    dialog.get_by_text("Done").wait_for()
    dialog.get_by_role("button", name="Close").click()
    link = page.get_by_role("definition").get_by_role("link", name="Customer")
    expect(link).to_have_attribute("href", f"#/customers/{account['customer_id']}")
    screen.expect_none(page.get_by_role("button", name="Link to customer"))
    assert screen.faults() == []


def test_an_admin_sets_a_policy(screen: "Screen", second_admin: Client) -> None:
    [before] = [
        one for one in second_admin.get("/v1/approval-policies").body["data"] if one["action"] == "overdraft_limit"
    ]
    screen.log_in(second_admin, "#/policies")
    page = screen.page
    row = page.get_by_role("row").filter(has_text="Overdraft limit")
    row.get_by_role("button", name="Set").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Control").select_option("require")
    dialog.get_by_label("Only above").fill("USD 900000.00")
    dialog.get_by_role("button", name="Set").click()
    dialog.get_by_role("button", name="Close").click()
    row.get_by_text("$900,000.00").wait_for()
    kept = {name: before[name] for name in ("control", "above", "within_24h", "required", "roles", "expires_hours")}
    reply = second_admin.call("PUT", "/v1/approval-policies/overdraft_limit", kept)
    assert reply.status == 200, reply
