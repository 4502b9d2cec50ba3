"""A transfer in the browser: however it is sent, there is one payment."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.stack import Stack
from tests.words import words_of
from tests.workflow.bank import Client, register

if TYPE_CHECKING:
    from playwright.sync_api import Route

    from tests.console.screen import Screen

TRANSFER = re.compile(r"/api/v1/transactions/transfer$")
TABS_MAX = 40
ASKED_BY_ITSELF, SECONDS_BETWEEN_MAX = 3, 4


@dataclass
class Parties:
    """A customer with 2,000 dollars, and another one's account."""

    payer: Client
    account_id: str
    payee: Client
    to: dict[str, Any]

    def balance(self) -> str:
        return self.payer.balance(self.account_id)


@pytest.fixture
def parties(stack: Stack) -> Parties:
    payer, payee = register(stack.url), register(stack.url)
    account = payer.open_account(nickname="Everyday")
    assert payer.deposit(account["id"], "2000.00").status == 201
    return Parties(payer, account["id"], payee, payee.open_account())


def fill_in(screen: "Screen", parties: Parties, amount: str = "25.00") -> None:
    """Fill in the form up to its review."""
    screen.open("#/transfer")
    screen.page.get_by_role("textbox", name="Account number or IBAN").fill(parties.to["account_number"])
    screen.page.get_by_label("Amount").fill(amount)
    screen.page.get_by_role("button", name="Review").click()
    screen.page.get_by_role("heading", name="Is everything right?").wait_for()


def pay(screen: "Screen") -> None:
    screen.page.get_by_role("button", name="Pay now").click()


def wait_until_paid(screen: "Screen", amount: str = "$25.00") -> None:
    screen.page.get_by_role("status").filter(has_text=f"{amount} was paid.").wait_for()


def posts(screen: "Screen") -> list[Any]:
    return [one for one in screen.requests if one.method == "POST" and TRANSFER.search(one.url)]


def keys(screen: "Screen") -> set[str]:
    return {one.headers["idempotency-key"] for one in posts(screen)}


def test_a_double_click_is_one_payment(screen: "Screen", parties: Parties) -> None:
    screen.log_in(parties.payer, "#/transfer")
    fill_in(screen, parties)
    screen.page.get_by_role("button", name="Pay now").dblclick()
    wait_until_paid(screen)
    assert (len(posts(screen)), parties.balance()) == (1, "1975.00")


def test_a_reload_while_it_is_sent_is_one_payment(screen: "Screen", parties: Parties) -> None:
    screen.log_in(parties.payer, "#/transfer")
    fill_in(screen, parties)
    screen.page.route(TRANSFER, lambda route: route.fetch(), times=1)  # carried out, and never answered
    pay(screen)
    screen.page.wait_for_function("Object.values(sessionStorage).some(text => text.includes('sending'))")
    screen.page.reload()
    wait_until_paid(screen)
    assert (len(keys(screen)), parties.balance()) == (1, "1975.00")


def test_the_back_button_shows_the_receipt_and_pays_nothing(screen: "Screen", parties: Parties) -> None:
    screen.log_in(parties.payer, "#/transfer")
    fill_in(screen, parties)
    pay(screen)
    wait_until_paid(screen)
    screen.open("#/")
    screen.page.go_back()
    wait_until_paid(screen)
    assert (len(posts(screen)), parties.balance()) == (1, "1975.00")
    screen.page.get_by_role("button", name="Make another transfer").click()
    expect(screen.page.get_by_label("Amount")).to_have_value("")


def test_the_menu_leads_to_an_empty_form_once_it_is_paid(screen: "Screen", parties: Parties) -> None:
    screen.log_in(parties.payer, "#/transfer")
    fill_in(screen, parties)
    pay(screen)
    wait_until_paid(screen)
    screen.open("#/")
    screen.open("#/transfer")
    expect(screen.page.get_by_label("Amount")).to_have_value("")
    screen.page.go_back()
    screen.page.go_back()
    screen.page.get_by_label("Amount").wait_for()
    assert (len(posts(screen)), parties.balance()) == (1, "1975.00")


def test_two_tabs_with_one_form_are_one_payment(screen: "Screen", parties: Parties) -> None:
    screen.log_in(parties.payer, "#/transfer")
    fill_in(screen, parties)
    with screen.page.context.expect_page() as opened:
        screen.page.evaluate("void window.open(location.href)")
    other = opened.value
    other.get_by_role("button", name="Pay now").wait_for()
    pay(screen)
    other.get_by_role("button", name="Pay now").click()
    wait_until_paid(screen)
    other.get_by_role("status").filter(has_text="was paid").wait_for()
    assert parties.balance() == "1975.00"


def test_a_503_is_sent_again_and_is_one_payment(screen: "Screen", parties: Parties) -> None:
    screen.log_in(parties.payer, "#/transfer")
    fill_in(screen, parties)
    screen.hurry()
    screen.page.route(TRANSFER, refuse(503, "contention"), times=1)
    pay(screen)
    wait_until_paid(screen)
    assert (len(posts(screen)), len(keys(screen)), parties.balance()) == (2, 1, "1975.00")


def test_an_unknown_outcome_is_asked_for_with_the_same_key(screen: "Screen", parties: Parties) -> None:
    screen.log_in(parties.payer, "#/transfer")
    fill_in(screen, parties)
    sent: list[Route] = []

    def lose_the_first_answer(route: "Route") -> None:
        sent.append(route)
        if len(sent) == 1:
            route.fetch()
            refuse(503, "outcome_unknown")(route)

    screen.page.route(TRANSFER, lose_the_first_answer)
    pay(screen)
    screen.page.get_by_text("We are finding out").wait_for()
    screen.page.unroute(TRANSFER)
    for asked_again in sent[1:]:  # not before the page was seen: it asks after a second
        asked_again.continue_()
    wait_until_paid(screen)
    assert (len(keys(screen)), parties.balance()) == (1, "1975.00")


def test_a_dead_api_leaves_a_question_that_can_be_asked_again(own_screen: "Screen", parties: Parties) -> None:
    page = own_screen.page
    page.clock.install()
    own_screen.log_in(parties.payer, "#/transfer")
    fill_in(own_screen, parties)
    page.route(TRANSFER, lambda route: route.abort())
    again = page.get_by_role("button", name="Ask again")
    pay(own_screen)
    page.get_by_text("We are finding out").wait_for()
    for _ in range(ASKED_BY_ITSELF):
        page.clock.run_for(SECONDS_BETWEEN_MAX * 1000)
    again.wait_for()
    assert len(posts(own_screen)) == 1 + ASKED_BY_ITSELF
    expect(page.get_by_role("button", name="Change")).to_be_disabled()  # the payment may have been made
    page.unroute(TRANSFER)
    again.click()
    wait_until_paid(own_screen)
    assert (len(keys(own_screen)), parties.balance()) == (1, "1975.00")


def test_a_refusal_says_what_to_do_and_a_new_amount_is_a_new_payment(screen: "Screen", parties: Parties) -> None:
    screen.log_in(parties.payer, "#/transfer")
    fill_in(screen, parties, "2,000.01")
    pay(screen)
    alert = screen.page.get_by_role("alert").filter(has_text="There is not enough money")
    expect(alert).to_be_focused()
    screen.page.get_by_label("Amount").fill("1,999")
    screen.page.get_by_role("button", name="Review").click()
    pay(screen)
    wait_until_paid(screen, "$1,999.00")
    assert (len(keys(screen)), parties.balance()) == (2, "1.00")


def test_wrong_fields_are_marked_and_listed(screen: "Screen", parties: Parties) -> None:
    screen.log_in(parties.payer, "#/transfer")
    screen.page.get_by_label("Amount").fill("12.345,6")
    screen.page.get_by_role("button", name="Review").click()
    alert = screen.page.get_by_role("alert")
    expect(alert.locator("li")).to_have_count(1)  # 12.345,6 is an amount; the number is missing
    number = screen.page.get_by_role("textbox", name="Account number or IBAN")
    expect(number).to_have_attribute("aria-invalid", "true")
    alert.get_by_role("link").click()
    expect(number).to_be_focused()


@pytest.mark.parametrize(
    ("locale", "texts", "understood"),
    [
        ("de-DE", ("1234.56", "1.234,56"), "Verstanden als 1.234,56\xa0$"),
        ("en-US", ("1.234,56", "1,234.56"), "Understood as $1,234.56"),
    ],
)
def test_amounts_are_read_as_people_write_them(
    new_screen: "Callable[..., Screen]", parties: Parties, locale: str, texts: tuple[str, ...], understood: str
) -> None:
    from tests.console.screen import read_body

    screen = new_screen() if locale == "en-US" else new_screen(locale=locale)
    screen.open("#/log-in")
    screen.page.locator("input[name=email]").fill(parties.payer.user["email"])
    screen.page.locator("input[name=password]").fill("a long enough password")
    screen.page.locator("button[type=submit]").click()
    screen.page.locator("nav").wait_for(state="attached")
    screen.open("#/transfer")
    screen.page.locator("#transfer-number").fill(parties.to["iban"])
    for text in texts:
        screen.page.locator("#transfer-amount").fill(text)
        expect(screen.page.locator("#transfer-amount-hint")).to_have_text(understood)
    screen.page.locator("button[type=submit]").click()
    screen.page.locator("#review").wait_for()
    screen.page.locator("button[type=submit]").click()
    screen.page.locator(".notice.good").wait_for()
    body = read_body(posts(screen)[0])
    assert (body["amount"], body["to_iban"]) == ("1234.56", parties.to["iban"])


def test_the_name_of_the_payee_is_compared(screen: "Screen", parties: Parties) -> None:
    screen.log_in(parties.payer, "#/transfer")
    screen.page.get_by_role("textbox", name="Account number or IBAN").fill(parties.to["iban"])
    screen.page.get_by_label("Name of the payee").fill("Somebody Else")
    screen.page.get_by_label("Amount").fill("1")
    screen.page.get_by_role("button", name="Review").click()
    screen.page.get_by_text("The account does not belong to Somebody Else").wait_for()
    screen.page.get_by_role("button", name="Change").click()
    screen.page.get_by_label("Name of the payee").fill("Ada B")
    screen.page.get_by_role("button", name="Review").click()
    screen.page.get_by_text("The name fits: Ada B").wait_for()


def test_a_payment_on_a_date_is_set_for_it(screen: "Screen", parties: Parties) -> None:
    screen.log_in(parties.payer, "#/transfer")
    screen.page.get_by_role("textbox", name="Account number or IBAN").fill(parties.to["account_number"])
    screen.page.get_by_label("Amount").fill("7")
    screen.page.get_by_label("On a date").check()
    day = screen.page.get_by_label("Date", exact=True)
    day.fill(str(day.get_attribute("min")))
    screen.page.get_by_role("button", name="Review").click()
    pay(screen)
    screen.page.get_by_role("status").filter(has_text="$7.00 will be paid on").wait_for()
    assert parties.balance() == "2000.00"


def test_a_pin_is_asked_for_and_never_stored(screen: "Screen", parties: Parties) -> None:
    account = parties.payer.open_account(pin="804217", nickname="With a PIN")
    parties.payer.deposit(account["id"], "10.00")
    screen.log_in(parties.payer, "#/transfer")
    screen.page.get_by_label("From").select_option(account["id"])
    screen.page.get_by_role("textbox", name="Account number or IBAN").fill(parties.to["account_number"])
    screen.page.get_by_label("Amount").fill("3")
    screen.page.get_by_role("button", name="Review").click()
    pay(screen)
    screen.page.get_by_label("PIN of the account").fill("804217")
    screen.page.get_by_role("button", name="Review").click()
    assert "804217" not in words_of(screen.page.evaluate("JSON.stringify({...sessionStorage})"))
    pay(screen)
    wait_until_paid(screen, "$3.00")


def test_the_keyboard_alone_makes_a_transfer(screen: "Screen", parties: Parties) -> None:
    screen.log_in(parties.payer, "#/transfer")
    screen.settle()
    tab_to(screen, "#transfer-number")
    screen.page.keyboard.type(parties.to["account_number"])
    tab_to(screen, "#transfer-amount")
    screen.page.keyboard.type("25")
    screen.page.keyboard.press("Enter")
    screen.page.get_by_role("heading", name="Is everything right?").wait_for()
    tab_to(screen, "button.primary")
    screen.page.keyboard.press("Enter")
    wait_until_paid(screen)
    assert parties.balance() == "1975.00"


def tab_to(screen: "Screen", selector: str) -> None:
    """Press Tab until an element of the page's content has focus."""
    for _ in range(TABS_MAX):
        screen.page.keyboard.press("Tab")
        if screen.page.evaluate("selector => document.activeElement.matches('main ' + selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by Tab")


def refuse(status: int, code: str) -> "Callable[[Route], None]":
    """Return a handler that answers with a problem in the API's place."""
    body = {"status": status, "code": code, "title": "", "detail": "", "request_id": "1", "errors": []}
    return lambda route: route.fulfill(status=status, json=body)
