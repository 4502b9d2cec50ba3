"""The export of everything that the bank has stored about a customer."""

import json
import re
from typing import TYPE_CHECKING

from tests.workflow.bank import Client

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
    assert "entry" not in page.inner_text("main"), "each kind has words"
