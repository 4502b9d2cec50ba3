"""Payments at the clearing: everybody of the bank sees where they are, managers ask after those without an answer."""

from typing import TYPE_CHECKING

import pytest

from tests.console.other_banks import Payment, pay_silent_ones, pay_to_other_bank, receive_and_ask_back
from tests.console.pages import CALLS_MAX
from tests.stack import Stack
from tests.workflow.bank import Client, register

if TYPE_CHECKING:
    from tests.console.screen import Screen

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def silent_payment(stack: Stack) -> Payment:
    [payment] = pay_silent_ones(stack, register(stack.url))
    return payment


def test_a_manager_inquires_about_a_payment_without_an_answer(
    screen: "Screen", manager: Client, silent_payment: Payment
) -> None:
    screen.log_in(manager, "#/clearing")
    screen.settle()
    assert len(screen.calls) <= CALLS_MAX, screen.calls
    page, dialog = screen.page, screen.page.get_by_role("dialog")
    row = page.get_by_role("row").filter(has_text=silent_payment.amount)
    row.get_by_text("Sent", exact=True).wait_for()
    row.get_by_role("button", name="Inquire").click()
    dialog.get_by_role("button", name="Inquire").dblclick()
    dialog.get_by_text("Done").wait_for()
    dialog.get_by_role("button", name="Close").click()
    row.get_by_role("button", name="Trace").click()
    dialog.get_by_text("The bank has asked").wait_for()
    assert screen.faults() == []
    dialog.get_by_role("link", name="The payment").click()
    page.get_by_text(silent_payment.id).wait_for()


def test_a_teller_sees_payments_and_asks_for_nothing(screen: "Screen", teller: Client, silent_payment: Payment) -> None:
    screen.log_in(teller, "#/clearing")
    row = screen.page.get_by_role("row").filter(has_text=silent_payment.amount)
    row.get_by_role("button", name="Trace").wait_for()
    screen.expect_none(screen.page.get_by_role("button", name="Inquire"))
    screen.page.get_by_label("Show").select_option("rejected")
    row.wait_for(state="detached")
    screen.expect_none(screen.page.get_by_text(silent_payment.amount))


def test_payments_that_cannot_be_read_are_not_none(screen: "Screen", teller: Client) -> None:
    screen.page.route("**/api/v1/clearing/payments*", lambda route: route.abort())
    screen.log_in(teller, "#/clearing")
    screen.page.get_by_role("alert").wait_for()
    screen.expect_none(screen.page.get_by_text("There is no payment in this state."))


def test_a_manager_keeps_a_payment_that_another_bank_asks_back(
    screen: "Screen", stack: Stack, manager: Client, customer: Client
) -> None:
    account = customer.open_account(currency="EUR")
    receive_and_ask_back(stack, manager, account, 7731)
    screen.log_in(manager, "#/clearing")
    screen.page.get_by_role("link", name="Recalls").click()
    screen.calls.clear()
    row = screen.page.get_by_role("row").filter(has_text="77.31")
    row.get_by_text("DUPL").wait_for()
    assert len(screen.calls) <= 1, screen.calls
    assert screen.faults() == []
    row.get_by_role("button", name="Keep it").click()
    dialog = screen.page.get_by_role("dialog")
    dialog.get_by_label("Reason").select_option("LEGL")
    dialog.get_by_role("button", name="Keep it").dblclick()
    dialog.get_by_text("Done").wait_for()
    dialog.get_by_role("button", name="Close").click()
    row.wait_for(state="detached")
    screen.page.get_by_label("Show").select_option("refused")
    row.get_by_role("link", name="77.31").click()
    screen.page.get_by_role("definition").filter(has_text="Acme GmbH").first.wait_for()
    assert manager.balance(account["id"]) == "77.31"


def test_a_customer_asks_for_a_payment_back_once(screen: "Screen", stack: Stack, customer: Client) -> None:
    [paid] = pay_to_other_bank(stack, customer, "Ben recall:silent", "settled")
    screen.log_in(customer, f"#/payments/{paid.id}")
    screen.page.get_by_role("button", name="Ask for it back").click()
    dialog = screen.page.get_by_role("dialog")
    dialog.get_by_label("Reason").select_option("AM09")
    dialog.get_by_role("button", name="Ask for it back").dblclick()
    dialog.get_by_text("The other bank is asked").wait_for()
    dialog.get_by_role("button", name="Close").click()
    screen.page.get_by_text("You have asked for the money back").wait_for()
    screen.expect_none(screen.page.get_by_role("button", name="Ask for it back"))
    assert screen.faults() == []
