"""An account on paper: the bank's name, the account and its movements, without what one presses, in light colors."""

import io
from typing import TYPE_CHECKING

from playwright.sync_api import expect
from pypdf import PdfReader

from tests.console.movements import fill
from tests.workflow.bank import Client

if TYPE_CHECKING:
    from tests.console.screen import Screen

MOVEMENTS = 24


def test_an_account_is_printed_as_a_statement(screen: "Screen", customer: Client) -> None:
    account = customer.open_account(nickname="Everyday")
    fill(customer, account["id"], [f"Invoice {number + 1} of the year" for number in range(MOVEMENTS)])
    screen.page.emulate_media(color_scheme="dark")
    screen.log_in(customer, f"#/accounts/{account['id']}")
    screen.settle()
    page = screen.page
    page.emulate_media(media="print", color_scheme="dark")
    screen.expect_none(page.locator("button, .button, nav, select, input").filter(visible=True))
    expect(page.locator("html")).to_have_css("background-color", "rgb(255, 255, 255)")
    pages = PdfReader(io.BytesIO(page.pdf(format="A4"))).pages
    text = "\n".join(one.extract_text() for one in pages)
    words = (
        "Florin",
        "Everyday",
        "Balance",
        "As of",
        "Available",
        "Holders",
        *(f"Invoice {n + 1} of" for n in range(MOVEMENTS)),
    )
    assert [one for one in words if one not in text] == []
    assert [
        one for one in ("Log out", "Make a transfer", "Set the PIN", "Calendar", "Statement of") if one in text
    ] == []
    assert len(pages) <= 3, "24 movements are two pages, and the account one"
