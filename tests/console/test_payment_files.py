"""A company hands in a file of payments, and reads what became of each."""

import json
from typing import TYPE_CHECKING

import pytest
from lxml import etree
from playwright.sync_api import FilePayload, Locator

from tests.api.helpers.payment_files import Group, Pay, write_file
from tests.console.pages import CALLS_MAX
from tests.workflow.bank import Client

if TYPE_CHECKING:
    from tests.console.screen import Screen

pytestmark = pytest.mark.embedded


@pytest.fixture
def document(customer: Client) -> bytes:
    """A file of two payments, of which the account can pay the first one."""
    payer = customer.open_account(currency="EUR", initial_deposit="100.00")
    payee = customer.open_account(currency="EUR")
    small = Pay("12.34", payee["iban"], "Ada Lovelace", "RENT-7")
    large = Pay("500.00", payee["iban"], "Ada Lovelace", "TOO-MUCH")
    return write_file(Group(payer["iban"], [small, large]), name="SALARIES-11").encode()


def hand_in(screen: "Screen", document: bytes) -> Locator:
    """Hand the file in with a double click, and return the dialog that says what came of it."""
    dialog = screen.page.get_by_role("dialog")
    screen.page.get_by_role("button", name="Hand in a file").click()
    chosen = FilePayload(name="salaries.xml", mimeType="application/xml", buffer=document)
    dialog.get_by_label("File", exact=True).set_input_files(chosen)
    dialog.get_by_role("button", name="Hand in a file").dblclick()
    return dialog


def statuses_in_report(screen: "Screen") -> list[str | None]:
    """Save the status report, and return the status of each payment in it."""
    with screen.page.expect_download() as saving:
        screen.page.get_by_role("button", name="Status report").click()
    return [one.text for one in etree.parse(saving.value.path()).iterfind(".//{*}TxSts")]


def test_a_file_is_handed_in_once_and_its_payments_are_read(
    screen: "Screen", customer: Client, document: bytes
) -> None:
    screen.log_in(customer, "#/payment-files")
    screen.hurry()
    page = screen.page
    page.get_by_text("You have handed in no file yet.").wait_for()
    dialog = hand_in(screen, document)
    dialog.get_by_text("The bank has the file").wait_for()
    dialog.get_by_role("button", name="Close").click()
    page.get_by_text("2 of 2 payments worked on").wait_for()
    page.get_by_text("Each payment by itself").wait_for()
    page.get_by_role("row").filter(has_text="TOO-MUCH").get_by_text("AM04").wait_for()
    page.get_by_role("row").filter(has_text="RENT-7").get_by_text("Arrived").wait_for()
    assert statuses_in_report(screen) == ["ACSC", "RJCT"]
    screen.calls.clear()
    page.reload()
    screen.settle()
    reads = [one for one in screen.calls if one.startswith("GET") and "/user/" not in one]
    assert len(reads) <= CALLS_MAX, reads
    assert screen.faults() == []

    screen.open("#/payment-files")
    page.get_by_role("link", name="SALARIES-11").wait_for()
    hand_in(screen, document).get_by_text("This file was handed in before").wait_for()
    assert len(customer.get("/v1/payment-files").body["data"]) == 1
    assert "Lovelace" not in json.dumps(page.evaluate("({...sessionStorage})"))
