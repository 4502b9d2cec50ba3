"""Runs of the bank: managers start them and see them finish; what failed is named."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.console.pages import CALLS_MAX
from tests.workflow.bank import Client

if TYPE_CHECKING:
    from playwright.sync_api import Route

    from tests.console.screen import Screen

READ_AGAIN_MS = 3_000


def last_month() -> str:
    return (datetime.now(UTC).replace(day=1) - timedelta(days=1)).strftime("%Y-%m")


def named(month: str) -> str:
    return date.fromisoformat(f"{month}-01").strftime("%B %Y")


def test_a_manager_starts_a_run_and_sees_it_finish(screen: "Screen", manager: Client, customer: Client) -> None:
    customer.open_account(type="savings", initial_deposit="100.00")
    screen.log_in(manager, "#/runs")
    screen.hurry()
    assert len(screen.calls) <= CALLS_MAX, screen.calls
    page, dialog = screen.page, screen.page.get_by_role("dialog")
    card = page.locator(".card").filter(has=page.get_by_role("heading", name="Monthly statements"))
    card.get_by_role("button", name="Start a run").click()
    dialog.get_by_label("Month").select_option(last_month())
    dialog.get_by_role("button", name="Start a run").dblclick()
    dialog.get_by_text("The run has begun.").wait_for()
    dialog.get_by_role("button", name="Close").click()
    row = card.get_by_role("row").filter(has_text=named(last_month()))
    expect(row).to_contain_text("Completed")
    screen.calls.clear()
    row.get_by_role("link").click()
    page.get_by_role("heading", name=f"Monthly statements, {named(last_month())}").wait_for()
    page.get_by_text("Nothing failed.").wait_for()
    screen.settle()
    assert len(screen.calls) <= CALLS_MAX, screen.calls
    page.get_by_text("A member of staff").wait_for()


def test_progress_is_read_again_while_a_run_is_under_way(own_screen: "Screen", teller: Client) -> None:
    parts, page = [4, 8], own_screen.page

    def answer(route: "Route") -> None:
        done = parts[0]
        run = {
            "period": "2026-10", "status": "completed" if done == 8 else "running", "attempt": 1,
            "started_by": "system", "started_at": "2026-11-01T02:00:00.000000Z", "completed_at": None,
            "partitions": {"done": done, "of": 8},
            "accounts": 9, "credited": 7, "nothing": 1, "closed": 0, "frozen": 0, "failed": 1, "failures": [],
            "total": [{"currency": "USD", "amount": "12.34"}],
        }  # fmt: skip
        route.fulfill(status=200, content_type="application/json", body=json.dumps(run))

    page.clock.install()
    page.route("**/api/v1/interest-runs/2026-10", answer)
    page.route("**/api/v1/interest-runs/2026-10/failures*", lambda route: route.abort())
    own_screen.log_in(teller, "#/runs/interest/2026-10")
    page.get_by_text("4 of 8 parts").wait_for()
    del parts[0]
    page.clock.run_for(READ_AGAIN_MS)
    page.get_by_text("8 of 8 parts").wait_for()
    page.get_by_text("$12.34").wait_for()
    page.get_by_role("alert").wait_for()
    own_screen.expect_none(page.get_by_text("Nothing failed."))


def test_a_teller_starts_no_run(screen: "Screen", teller: Client) -> None:
    screen.log_in(teller, "#/runs")
    screen.page.get_by_role("heading", name="Monthly interest").wait_for()
    screen.expect_none(screen.page.get_by_role("button", name="Start a run"))
