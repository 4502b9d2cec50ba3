"""Categories: rules for new payments, and the label of one."""

from typing import TYPE_CHECKING

from tests.workflow.bank import Client

if TYPE_CHECKING:
    from tests.console.screen import Screen


def test_a_rule_is_added_and_removed(screen: "Screen", customer: Client) -> None:
    screen.log_in(customer, "#/categories")
    page, dialog = screen.page, screen.page.get_by_role("dialog")
    page.get_by_role("button", name="Add a rule").click()
    dialog.get_by_label("Text").fill("Market hall")
    dialog.get_by_label("Category").fill("groceries")
    dialog.get_by_label("Tags").fill("weekly, shared")
    dialog.get_by_role("button", name="Add a rule").dblclick()
    dialog.get_by_role("button", name="Close").click()
    row = page.get_by_role("row").filter(has_text="Market hall")
    row.get_by_text("Groceries").wait_for()
    [rule] = customer.get("/v1/category-rules").body["data"]
    assert (rule["field"], rule["category"], rule["tags"]) == ("memo", "groceries", ["weekly", "shared"])
    row.get_by_role("button", name="Remove").click()
    dialog.get_by_role("button", name="Remove").click()
    page.get_by_text("There is no rule yet.").wait_for()


def test_a_movement_leads_to_its_payment_which_is_labelled(screen: "Screen", customer: Client) -> None:
    account = customer.open_account(nickname="Everyday")
    paid = customer.post("/v1/transactions/deposit", {"account_id": account["id"], "amount": "9.00", "memo": "Refund"})
    screen.log_in(customer, f"#/accounts/{account['id']}")
    page, dialog = screen.page, screen.page.get_by_role("dialog")
    page.get_by_role("link", name="Refund").click()
    page.get_by_role("button", name="Label it").click()
    dialog.get_by_label("Category").fill("health")
    dialog.get_by_label("Message").fill("Refund of shoes")
    dialog.get_by_role("button", name="Label it").click()
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("definition").filter(has_text="Health").wait_for()
    labelled = customer.get(f"/v1/transactions/{paid.body['id']}").body
    assert (labelled["category"], labelled["memo"], labelled["tags"]) == ("health", "Refund of shoes", [])
