"""The export of everything that the bank has stored about a customer."""

import json
import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.workflow.bank import PASSWORD, Client

if TYPE_CHECKING:
    from tests.console.screen import Screen

EXPORT = re.compile(r"/api/v1/customers/[^/]+/export")


def test_a_customer_collects_everything_and_goes_on_after_a_failure(screen: "Screen", customer: Client) -> None:
    account = customer.open_account(nickname="Everyday")
    assert customer.deposit(account["id"], "9.00").status == 201
    screen.log_in(customer, "#/profile")
    page = screen.page
    page.get_by_role("link", name="Collect my data").click()
    page.route(EXPORT, lambda route: route.abort(), times=1)
    page.get_by_role("button", name="Collect my data").click()
    page.get_by_role("button", name="Try again").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save the file").click()
    records = json.loads(saved.value.path().read_text())["records"]
    stored = {(one["kind"], one["data"].get("id")) for one in records}
    assert ("account", account["id"]) in stored
    assert {"customer", "user", "entry"} <= {kind for kind, _ in stored}
    screen.expect_none(page.locator("main").get_by_text("entry"))  # each kind has words


def test_a_customer_is_erased_once_the_accounts_are_closed(screen: "Screen", customer: Client) -> None:
    account = customer.open_account()
    screen.log_in(customer, "#/profile/data")
    page, dialog = screen.page, screen.page.get_by_role("dialog")
    page.get_by_label("Language").select_option("de")
    page.get_by_role("button", name="Meine Daten löschen").click()
    dialog.get_by_role("button", name="Meine Daten löschen").click()
    why = dialog.get_by_text("The customer has an open account. Close every account first.")
    expect(why).to_have_attribute("lang", "en")
    dialog.get_by_text("Laden Sie die Seite neu").wait_for()  # the general advice is in the reader's language
    assert customer.call("DELETE", f"/v1/accounts/{account['id']}").status == 200
    dialog.get_by_role("button", name="Meine Daten löschen").click()
    dialog.get_by_role("button", name="Schließen").click()
    page.get_by_text("Sie haben sich abgemeldet.").wait_for()
    again = {"email": customer.user["email"], "password": PASSWORD}
    assert customer.call("POST", "/v1/auth/login", again).status == 401
