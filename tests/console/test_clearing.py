"""Payments at the clearing: everybody of the bank sees where they are, managers ask after those without an answer."""

import itertools
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.stack import Stack, eventually
from tests.workflow.bank import Client

if TYPE_CHECKING:
    from tests.console.screen import Screen

CALLS_MAX = 3
CENTS = itertools.count(17)
pytestmark = pytest.mark.embedded


class Silent(NamedTuple):
    """A payment without an answer."""

    id: str
    amount: str


@pytest.fixture
def silent_payment(stack: Stack, customer: Client) -> Silent:
    """An instant payment that the clearing keeps silent about, of an amount that no other has."""
    amount = f"41.{next(CENTS)}"
    account = customer.open_account(currency="EUR", initial_deposit="100.00")
    body = {"from_account_id": account["id"], "to_iban": "DE89370400440532013000", "to_name": "Ben silent"}
    with stack.configured("api", CLEARING="on"):
        made = customer.post("/v1/transactions/transfer", body | {"amount": amount, "rail": "instant"})
        assert made.status == 202, made
        place = f"/v1/transactions/{made.body['id']}"
        eventually(lambda: customer.get(place).body["payment"]["state"] == "submitted", 60)
    return Silent(str(made.body["id"]), amount)


def test_a_manager_inquires_about_a_payment_without_an_answer(
    screen: "Screen", manager: Client, silent_payment: Silent
) -> None:
    screen.log_in(manager)
    screen.open("#/clearing")
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
    assert screen.violations() == []
    dialog.get_by_role("link", name="The payment").click()
    page.get_by_text(silent_payment.id).wait_for()


def test_a_manager_voids_a_payment_that_the_clearing_does_not_have(
    screen: "Screen", manager: Client, customer: Client, silent_payment: Silent
) -> None:
    screen.log_in(manager)
    screen.open("#/clearing")
    dialog = screen.page.get_by_role("dialog")
    row = screen.page.get_by_role("row").filter(has_text=silent_payment.amount)
    row.wait_for()
    assert row.get_by_role("button", name="Void").count() == 0, "the bank asks first"
    row.get_by_role("button", name="Inquire").click()
    dialog.get_by_role("button", name="Inquire").click()
    dialog.get_by_role("button", name="Close").click()
    row.get_by_role("button", name="Void").click()
    dialog.get_by_label("Reason").fill("The clearing said so on the phone")
    dialog.get_by_role("button", name="Void").click()
    dialog.get_by_role("button", name="Close").click()
    row.wait_for(state="detached")
    assert customer.get(f"/v1/transactions/{silent_payment.id}").body["status"] == "voided"


def test_a_teller_sees_payments_and_asks_for_nothing(screen: "Screen", teller: Client, silent_payment: Silent) -> None:
    screen.log_in(teller)
    screen.open("#/clearing")
    row = screen.page.get_by_role("row").filter(has_text=silent_payment.amount)
    row.get_by_role("button", name="Trace").wait_for()
    assert screen.page.get_by_role("button", name="Inquire").count() == 0
    screen.page.get_by_label("Show").select_option("rejected")
    screen.settle()
    assert screen.page.get_by_text(silent_payment.amount).count() == 0


def test_payments_that_cannot_be_read_are_not_none(screen: "Screen", teller: Client) -> None:
    screen.page.route("**/api/v1/clearing/payments*", lambda route: route.abort())
    screen.log_in(teller)
    screen.open("#/clearing")
    screen.page.get_by_role("alert").wait_for()
    assert screen.page.get_by_text("There is no payment in this state.").count() == 0
