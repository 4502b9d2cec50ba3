"""Ceilings of roles, thresholds of risk and log-ins: who sets them, who reads them, and what they were before."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.console.pages import CALLS_MAX
from tests.stack import eventually
from tests.workflow.bank import Client

if TYPE_CHECKING:
    from tests.console.screen import Screen


@pytest.fixture
def settings_before(admin: Client) -> Iterator[None]:
    """Sets ceilings and thresholds back after a test: the bank is shared."""
    ceilings = admin.get("/v1/authority").body["ceilings"]
    thresholds = admin.get("/v1/risk-thresholds").body
    yield
    again = {name: thresholds[name] for name in ("rules", "severities", "unit_weights")}
    for path, body in (("/v1/authority", {"ceilings": ceilings}), ("/v1/risk-thresholds", again)):
        reply = admin.call("PUT", path, body)
        assert reply.status == 200, reply


@pytest.mark.usefixtures("settings_before")
def test_an_admin_sets_a_threshold_and_a_ceiling_and_reads_their_history(
    screen: "Screen", second_admin: Client
) -> None:
    screen.log_in(second_admin, "#/risk-thresholds")
    screen.settle()
    assert len(screen.calls) <= CALLS_MAX, screen.calls
    page, dialog = screen.page, screen.page.get_by_role("dialog")
    card = page.locator(".card").filter(has=page.get_by_role("heading", name="Many payments in a short time"))
    card.get_by_role("button", name="Set").click()
    dialog.get_by_label("Points").fill("101")
    dialog.get_by_role("button", name="Set").click()
    dialog.get_by_role("link", name="Points").click()
    dialog.get_by_label("Points").fill("37")
    dialog.get_by_role("button", name="Set").dblclick()
    dialog.get_by_role("button", name="Close").click()
    page.get_by_text("Many payments in a short time · Points").first.wait_for()
    assert screen.faults() == []

    screen.open("#/ceilings")
    row = page.get_by_role("row").filter(has_text="Withdrawal")
    row.get_by_role("button", name="Set").click()
    dialog.get_by_label("Teller").fill("EUR 4.000,00")
    dialog.get_by_role("button", name="Set").dblclick()
    dialog.get_by_role("button", name="Close").click()
    row.get_by_text("€4,000.00").wait_for()
    page.get_by_text("Teller · Withdrawal · EUR").first.wait_for()
    assert screen.faults() == []


def test_an_admin_reads_earlier_policies_and_log_ins(screen: "Screen", second_admin: Client) -> None:
    screen.log_in(second_admin, "#/policies")
    page, dialog = screen.page, screen.page.get_by_role("dialog")
    page.get_by_role("button", name="History").first.click()
    dialog.get_by_role("button", name="Close").click()
    screen.open("#/audit/logins")
    own = page.locator(f"a[href$='{second_admin.user['user_id']}']").first
    expect(own).to_have_text("S T")
    own.click()
    page.get_by_text("Log-ins of one user").wait_for()
    screen.settle()
    assert screen.faults() == []


def test_an_admin_reads_what_a_change_changed(screen: "Screen", second_admin: Client, customer: Client) -> None:
    account = customer.open_account()
    assert customer.deposit(account["id"], "12.34").status == 201
    place = f"/v1/audit?entity={account['id']}"
    eventually(lambda: len(second_admin.get(place).body["data"]) > 1)
    screen.log_in(second_admin, f"#/audit?entity={account['id']}")
    screen.page.locator("summary").first.click()
    screen.page.get_by_role("cell", name="last_hash").wait_for()
    assert screen.faults() == [], "a hash is long"


def test_a_teller_reads_ceilings_and_thresholds_and_sets_none(screen: "Screen", teller: Client) -> None:
    screen.log_in(teller)
    for place in ("#/ceilings", "#/risk-thresholds"):
        screen.open(place)
        screen.page.locator("main .card").first.wait_for()
        screen.expect_none(screen.page.get_by_role("button", name="Set", exact=True))
