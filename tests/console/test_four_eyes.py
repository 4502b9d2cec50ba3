"""Four eyes in two browsers: one member of staff asks, a second one decides, and the first sees the effect."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Locator

from chalicelib.domain.branches.branch import HEAD_OFFICE_ID
from tests.console.other_banks import Payment, pay_silent_ones, receive_and_ask_back, state_of
from tests.console.test_branches import make_branch
from tests.stack import Stack, eventually
from tests.workflow.bank import Client, make_staff

if TYPE_CHECKING:
    from tests.console.screen import Screen

NewScreen = Callable[..., "Screen"]
ACTIONS = (
    "vault_movement",
    "overdraft_limit",
    "payment.settle",
    "payment.void",
    "recall.accept",
    "legal_hold",
    "customer.erase",
)
KEPT = ("control", "above", "within_24h", "required", "roles", "expires_hours")
WAITS = "A second person must agree"


@pytest.fixture(scope="module")
def second_manager(admin: Client) -> Client:
    return make_staff(admin, "manager")


@pytest.fixture(scope="module", autouse=True)
def policies(stack: Stack, admin: Client) -> Iterator[None]:
    """Let these acts of staff wait for a second person as long as these tests run."""
    before = {one["action"]: one for one in admin.get("/v1/approval-policies").body["data"] if one["action"] in ACTIONS}
    for action in ACTIONS:
        put(admin, action, {name: before[action][name] for name in KEPT} | {"control": "require", "above": {}})
    with stack.configured("api", REFERENCE_CACHE_SECONDS="0"):
        yield
        for action in ACTIONS:  # before copies begin again that keep what they read
            put(admin, action, {name: before[action][name] for name in KEPT})


def put(admin: Client, action: str, policy: dict[str, Any]) -> None:
    reply = admin.call("PUT", f"/v1/approval-policies/{action}", policy)
    assert reply.status == 200, reply


def ask_for_cash(screen: "Screen", branch: dict[str, str], amount: str) -> None:
    screen.open(f"#/branches/{branch['id']}")
    dialog = screen.page.get_by_role("dialog")
    screen.page.get_by_role("button", name="Move cash").click()
    dialog.get_by_label("To branch").select_option(HEAD_OFFICE_ID)
    dialog.get_by_label("Amount").fill(amount)
    dialog.get_by_role("button", name="Review").dblclick()
    dialog.get_by_role("button", name="Move cash").dblclick()
    dialog.get_by_text(WAITS).wait_for()
    dialog.get_by_role("button", name="Close").click()


def decide(screen: "Screen", amount: str, decision: str, **fields: str) -> None:
    """Decide on the card with an amount, or another text, in the inbox."""
    screen.open("#/approvals")
    card, dialog = screen.page.locator(".card").filter(has_text=amount), screen.page.get_by_role("dialog")
    card.get_by_role("button", name=decision).click()
    for label, text in fields.items():
        dialog.get_by_label(label).fill(text)
    dialog.get_by_role("button", name=decision).dblclick()
    dialog.get_by_text("Done").wait_for()
    dialog.get_by_role("button", name="Close").click()
    card.wait_for(state="detached")


def test_cash_moves_when_a_second_manager_approves(
    new_screen: NewScreen, manager: Client, second_manager: Client
) -> None:
    branch = make_branch(manager, "800.00")
    first, second = new_screen(), new_screen()
    first.log_in(manager)
    ask_for_cash(first, branch, "123.45")
    first.page.get_by_role("table", name="Cash now").get_by_text("$800.00").wait_for()
    first.open("#/approvals")
    own = first.page.locator(".card").filter(has_text="123.45")
    own.get_by_text("You asked for this").wait_for()
    first.expect_none(own.get_by_role("button", name="Approve"))

    second.log_in(second_manager)
    decide(second, "123.45", "Approve")
    first.open(f"#/branches/{branch['id']}")
    first.page.get_by_role("table", name="Cash now").get_by_text("$676.55").wait_for()


def test_a_rejected_limit_stays_and_the_reason_is_shown(
    new_screen: NewScreen, teller: Client, manager: Client, customer: Client
) -> None:
    account = customer.open_account()
    first, second = new_screen(), new_screen()
    first.log_in(teller, f"#/customers/{account['customer_id']}")
    dialog = first.page.get_by_role("dialog")
    first.page.get_by_role("button", name="Overdraft limit").click()
    dialog.get_by_label("New limit").fill("777.00")
    dialog.get_by_role("button", name="Overdraft limit").dblclick()
    dialog.get_by_text(WAITS).wait_for()
    dialog.get_by_role("button", name="Close").click()

    second.log_in(manager)
    decide(second, "777.00", "Reject", Reason="No salary arrives there")
    first.open("#/approvals")
    first.page.get_by_label("Show those that are").select_option("rejected")
    first.page.get_by_text("No salary arrives there").first.wait_for()
    assert customer.get(f"/v1/accounts/{account['id']}").body["overdraft_limit"] == "0.00"


def test_a_request_is_taken_back_by_who_made_it(new_screen: NewScreen, manager: Client, second_manager: Client) -> None:
    branch = make_branch(manager, "50.00")
    first, second = new_screen(), new_screen()
    first.log_in(manager)
    ask_for_cash(first, branch, "7.31")
    first.open("#/approvals")
    card, dialog = first.page.locator(".card").filter(has_text="7.31"), first.page.get_by_role("dialog")
    card.get_by_role("button", name="Take it back").click()
    dialog.get_by_role("button", name="Take it back").click()
    dialog.get_by_role("button", name="Close").click()
    card.wait_for(state="detached")
    second.log_in(second_manager, "#/approvals")
    second.page.get_by_label("Show those that are").wait_for()
    second.expect_none(second.page.get_by_text("7.31"))


def ask_to_end(screen: "Screen", payment: Payment, end: str) -> None:
    """Inquire about a payment, then ask to settle or void it by hand."""
    row, dialog = screen.page.get_by_role("row").filter(has_text=payment.amount), screen.page.get_by_role("dialog")
    row.get_by_role("button", name="Inquire").wait_for()
    screen.expect_none(row.get_by_role("button", name=end))  # the bank asks first
    row.get_by_role("button", name="Inquire").click()
    dialog.get_by_role("button", name="Inquire").click()
    dialog.get_by_role("button", name="Close").click()
    row.get_by_role("button", name=end).click()
    dialog.get_by_label("Reason").fill("Read from the statement of the clearing")
    dialog.get_by_role("button", name=end).dblclick()
    dialog.get_by_text(WAITS).wait_for()
    dialog.get_by_role("button", name="Close").click()


@pytest.mark.embedded
def test_a_silent_payment_ends_when_a_second_manager_approves(
    new_screen: NewScreen, stack: Stack, manager: Client, second_manager: Client, customer: Client
) -> None:
    arrived, lost = pay_silent_ones(stack, customer, 2)
    first, second = new_screen(), new_screen()
    first.log_in(manager, "#/clearing")
    ask_to_end(first, arrived, "Settle")
    ask_to_end(first, lost, "Void")
    assert {state_of(customer, one) for one in (arrived, lost)} == {"submitted"}

    second.log_in(second_manager)
    decide(second, arrived.amount, "Approve")
    decide(second, lost.amount, "Approve")
    first.open(f"#/payments/{lost.id}")
    first.page.get_by_text("Given up by the bank").first.wait_for()
    assert (state_of(customer, arrived), state_of(customer, lost)) == ("settled", "rejected")


@pytest.mark.embedded
def test_a_recalled_payment_goes_back_when_a_second_manager_approves(
    new_screen: NewScreen, stack: Stack, manager: Client, second_manager: Client, customer: Client
) -> None:
    account = customer.open_account(currency="EUR")
    receive_and_ask_back(stack, manager, account, 6419)
    first, second = new_screen(), new_screen()
    first.log_in(manager, "#/clearing/recalls")
    dialog = first.page.get_by_role("dialog")
    first.page.get_by_role("row").filter(has_text="64.19").get_by_role("button", name="Give back").click()
    dialog.get_by_label("Reason").fill("The payee agrees")
    dialog.get_by_role("button", name="Give back").dblclick()
    dialog.get_by_text(WAITS).wait_for()
    assert manager.balance(account["id"]) == "64.19"
    second.log_in(second_manager)
    decide(second, "64.19", "Approve")
    eventually(lambda: manager.balance(account["id"]) == "0.00")


def act(screen: "Screen", name: str, **fields: str) -> Locator:
    """Open the dialog of an act, fill it in and send it; return the dialog."""
    screen.page.get_by_role("button", name=name, exact=True).click()
    dialog = screen.page.get_by_role("dialog")
    for label, text in fields.items():
        dialog.get_by_label(label.replace("_", " ")).fill(text)
    dialog.get_by_role("button", name=name, exact=True).dblclick()
    return dialog


def close(dialog: Locator, text: str) -> None:
    """Wait for what a dialog says of its act, then close it."""
    dialog.get_by_text(text).first.wait_for()
    dialog.get_by_role("button", name="Close").click()


def test_a_customer_is_erased_after_its_hold_when_a_second_manager_approves_both(
    new_screen: NewScreen, manager: Client, second_manager: Client
) -> None:
    first, second = new_screen(), new_screen()
    first.log_in(manager, "#/customers")
    close(act(first, "New customer", First_name="Ida", Last_name="Rhodes"), "Done")
    first.page.get_by_role("heading", name="Ida Rhodes").wait_for()
    shown = "··" + first.page.url[-4:]
    close(act(first, "Legal hold", Reason="Case 17/26"), "Done")
    first.page.get_by_text("Case 17/26").wait_for()
    refused = act(first, "Erase")
    refused.get_by_text("legal hold").first.wait_for()
    refused.get_by_role("button", name="Cancel").click()
    close(act(first, "End the legal hold"), WAITS)
    second.log_in(second_manager)
    decide(second, shown, "Approve")
    first.page.reload()
    close(act(first, "Erase"), WAITS)
    second.page.reload()
    decide(second, shown, "Approve")
    first.page.reload()
    first.page.get_by_role("heading", level=1).wait_for()
    first.expect_none(first.page.get_by_text("Ida Rhodes"))
