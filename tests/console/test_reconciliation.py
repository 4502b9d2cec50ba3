"""The reconciliation of a day with the clearing, as staff read it."""

import json
from typing import TYPE_CHECKING, Any

from tests.workflow.bank import Client

if TYPE_CHECKING:
    from tests.console.screen import Screen

A_SUNDAY = "2024-03-31"
DIFFERENCE = {
    "kind": "ours_only", "uetr": "4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e90", "transaction_id": "txn_1", "ours": "-20.00",
    "theirs": "0.00", "state": "settled", "expected_by": "2026-12-08",
}  # fmt: skip
DAY: dict[str, Any] = {
    "date": "2026-11-30", "currency": "EUR", "status": "differs", "difference_count": 1, "differences": [DIFFERENCE],
    "statement": {"id": "STM-1", "pages": 1, "opening_balance": "100.00", "closing_balance": "80.00"},
    "ledger": {"nostro": "80.00", "not_advised": "0.00", "payments": 3},
}  # fmt: skip


def test_a_day_without_a_statement_is_not_reconciled(screen: "Screen", teller: Client) -> None:
    screen.log_in(teller, "#/clearing")
    screen.page.get_by_role("link", name="Reconciliation").click()
    screen.page.get_by_label("Date").fill(A_SUNDAY)  # of yesterday the clearing may have sent one
    screen.page.get_by_text("Mar 31, 2024: the clearing's statement has not come").wait_for()
    screen.page.get_by_text("There is no statement of this day yet.").wait_for()
    screen.expect_none(screen.page.get_by_text("There is no difference."))
    assert screen.faults() == []


def test_differences_are_named(screen: "Screen", teller: Client) -> None:
    answer = {"status": 200, "content_type": "application/json", "body": json.dumps(DAY)}
    screen.page.route("**/api/v1/clearing/reconciliation*", lambda route: route.fulfill(**answer))
    screen.log_in(teller, "#/clearing/reconciliation?date=2026-11-30")
    screen.page.get_by_text("Nov 30, 2026: the two have booked differently").wait_for()
    row = screen.page.get_by_role("table", name="Differences").get_by_role("row").nth(1)
    row.get_by_text("Only this bank has it").wait_for()
    row.get_by_text("Expected by Dec 8, 2026").wait_for()
    assert len(screen.calls) == 1, screen.calls
    for width in (1280, 320):
        screen.page.set_viewport_size({"width": width, "height": 800})
        assert screen.faults() == [], width
