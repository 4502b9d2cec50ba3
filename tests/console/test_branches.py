"""Branches: managers open them, move cash between them, and everybody of the bank sees the cash day."""

import uuid
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from chalicelib.domain.branches.branch import HEAD_OFFICE_ID
from tests.console.pages import CALLS_MAX
from tests.workflow.bank import Client

if TYPE_CHECKING:
    from tests.console.screen import Screen


def make_branch(manager: Client, cash: str | None = None) -> dict[str, str]:
    code = uuid.uuid4().hex[:8].upper()
    place = {"name": f"Branch {code}", "code": code, "city": "London", "country": "GB"}
    made = manager.post("/v1/branches", place | ({"initial_balance": cash} if cash else {}))
    assert made.status == 201, made
    return dict(made.body)


def test_a_manager_opens_a_branch_with_cash(screen: "Screen", manager: Client) -> None:
    code = uuid.uuid4().hex[:8].upper()
    screen.log_in(manager, "#/branches")
    page, dialog = screen.page, screen.page.get_by_role("dialog")
    page.get_by_role("button", name="Open a branch").click()
    dialog.get_by_label("Code").fill(code)
    dialog.get_by_label("Name").fill(f"Harbour {code}")
    dialog.get_by_label("City").fill("Hamburg")
    dialog.get_by_label("Country").fill("de")
    dialog.get_by_label("Currency of the first cash").select_option("EUR")
    dialog.get_by_label("First cash (optional)").fill("1,500")
    dialog.get_by_text("€1,500.00").wait_for()
    dialog.get_by_role("button", name="Open a branch").dblclick()
    dialog.get_by_text("Done").wait_for()
    screen.calls.clear()
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("heading", name=f"Harbour {code}").wait_for()
    page.get_by_text(f"{code} · Hamburg · Germany").wait_for()
    screen.settle()
    assert len(screen.calls) <= CALLS_MAX, screen.calls
    day = page.get_by_role("region", name="EUR", exact=True)
    expect(day.get_by_role("row", name="From the bank's equity")).to_contain_text("+€1,500.00")
    expect(day.get_by_role("row", name="So far")).to_contain_text("€1,500.00")


def test_moved_cash_is_in_the_cash_day_of_both_branches(screen: "Screen", manager: Client, teller: Client) -> None:
    paying = make_branch(manager, "900.00")
    screen.log_in(manager, f"#/branches/{paying['id']}")
    page, dialog = screen.page, screen.page.get_by_role("dialog")
    page.get_by_role("button", name="Move cash").click()
    dialog.get_by_label("To branch").select_option(HEAD_OFFICE_ID)  # known to every cached list
    dialog.get_by_label("Amount").fill("250")
    dialog.get_by_role("button", name="Review").dblclick()
    dialog.get_by_role("button", name="Move cash").dblclick()
    dialog.get_by_text("Done").wait_for()
    dialog.get_by_role("button", name="Close").click()
    expect(page.get_by_role("table", name="Cash now")).to_contain_text("$650.00")
    expect(page.get_by_role("row", name="To other branches")).to_contain_text("−$250.00")
    report = teller.get(f"/v1/branches/{HEAD_OFFICE_ID}/report").body["lines"]
    assert [line["vault_in"]["count"] > 0 for line in report if line["currency"] == "USD"] == [True]


def test_opening_hours_are_written_as_people_write_them(screen: "Screen", manager: Client) -> None:
    branch = make_branch(manager)
    screen.log_in(manager, f"#/branches/{branch['id']}")
    page, dialog = screen.page, screen.page.get_by_role("dialog")
    page.get_by_role("button", name="Change").click()
    dialog.get_by_label("Monday").fill("09:00 - 12:30, 13:30-17:00")
    dialog.get_by_label("City").fill("Leeds")
    dialog.get_by_role("button", name="Change").click()
    dialog.get_by_text("Done").wait_for()
    dialog.get_by_role("button", name="Close").click()
    page.get_by_text("09:00–12:30, 13:30–17:00").wait_for()
    page.get_by_text("Leeds").wait_for()


def test_a_teller_sees_cash_and_moves_none(screen: "Screen", teller: Client) -> None:
    screen.log_in(teller, "#/branches")
    screen.page.get_by_role("table").get_by_role("link").first.wait_for()
    screen.expect_none(screen.page.get_by_role("button", name="Open a branch"))
    screen.open(f"#/branches/{HEAD_OFFICE_ID}")
    screen.page.get_by_role("heading", name="Cash now").wait_for()
    screen.expect_none(*(screen.page.get_by_role("button", name=name) for name in ("Move cash", "Change")))


def test_a_cash_day_that_cannot_be_read_is_not_an_empty_one(screen: "Screen", manager: Client) -> None:
    branch = make_branch(manager)
    screen.log_in(manager)
    screen.page.route("**/api/v1/branches/*/report*", lambda route: route.abort())
    screen.open(f"#/branches/{branch['id']}")
    screen.page.get_by_role("alert").wait_for()
    screen.expect_none(screen.page.get_by_text("No cash moved on this day."))
