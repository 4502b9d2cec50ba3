"""Staff read what moved, as figures, a chart and a table, and take it away as a file."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tests.console.pages import CALLS_MAX
from tests.console.test_branches import make_branch
from tests.stack import eventually
from tests.workflow.bank import Client

if TYPE_CHECKING:
    from playwright.sync_api import Route

    from tests.console.screen import Screen

TRIAL_BALANCE = "/v1/reports/trial-balance"
ASKED_AGAIN_MS = 2_000
EXPORT = {"id": "exp_1", "created_at": "2026-11-01T00:00:00.000000Z", "url": None}


def test_a_manager_reads_a_report_of_a_branch_and_takes_it_away(
    screen: "Screen", manager: Client, teller: Client
) -> None:
    branch = make_branch(manager, "640.00")
    eventually(lambda: teller.get(f"/v1/reports/summary?branch_id={branch['id']}").body["totals"])
    screen.log_in(teller, "#/reports")
    screen.settle()
    assert len(screen.calls) <= CALLS_MAX, screen.calls
    page = screen.page
    screen.open(f"#/reports?branch_id={branch['id']}")  # the list of branches may be of before
    page.get_by_role("heading", name="Moved in USD").wait_for()
    table = page.get_by_role("table", name="By kind of transaction")
    table.get_by_role("row", name="Funding").wait_for()
    page.locator("summary").click()
    page.get_by_role("table", name="Each period as a table").wait_for()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download CSV").click()
    assert saved.value.suggested_filename.startswith("transactions-")
    assert "640.00" in Path(saved.value.path()).read_text()


def test_a_long_file_is_waited_for(own_screen: "Screen", teller: Client) -> None:
    page = own_screen.page
    file = {"status": "done", "rows": 2000, "url": f"{own_screen.address}strings/en.json"}
    states: list[dict[str, object]] = [{"status": "pending", "rows": 1000}, {"status": "pending", "rows": 2000}, file]

    def answer(route: "Route") -> None:
        status = 202 if "/reports/transactions" in route.request.url else 200
        route.fulfill(status=status, content_type="application/json", body=json.dumps(EXPORT | states[0]))

    page.clock.install()
    page.route("**/api/v1/reports/transactions*", answer)
    page.route("**/api/v1/reports/exports/*", answer)
    own_screen.log_in(teller, "#/reports")
    with page.expect_download():
        page.get_by_role("button", name="Download CSV").click()
        for rows in ("1,000", "2,000"):
            page.get_by_text(f"{rows} rows written so far").wait_for()
            del states[0]
            page.clock.run_for(ASKED_AGAIN_MS)
    page.get_by_text("The file was saved.").wait_for()


def test_a_report_that_cannot_be_read_is_not_an_empty_one(screen: "Screen", teller: Client) -> None:
    screen.page.route("**/api/v1/reports/summary*", lambda route: route.abort())
    screen.log_in(teller, "#/reports")
    screen.page.get_by_role("alert").first.wait_for()
    screen.expect_none(screen.page.get_by_text("Nothing moved in these days."))


def test_the_trial_balance_of_a_day_is_equal_and_saved(screen: "Screen", manager: Client, teller: Client) -> None:
    branch = make_branch(manager, "75.00")
    cash = f"gl.cash.{branch['id']}.USD"
    eventually(lambda: cash in {one["account"] for one in teller.get(TRIAL_BALANCE).body["accounts"]})
    screen.log_in(teller, "#/trial-balance")
    page = screen.page
    page.get_by_text("USD: debit and credit are equal").wait_for()
    book = page.get_by_role("row").filter(has=page.get_by_title(cash))
    book.get_by_text("$75.00").wait_for()
    screen.settle()
    assert len(screen.calls) <= CALLS_MAX, screen.calls
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download CSV").click()
    lines = Path(saved.value.path()).read_text().splitlines()
    assert f"gl.cash.{branch['id']}.USD,USD,75.00,0.00" in lines
    page.get_by_label("At the end of").fill("2020-01-01")
    page.get_by_text("There was nothing in the books on this day.").wait_for()
