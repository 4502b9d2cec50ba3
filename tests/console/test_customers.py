"""Staff find a customer and act; a second person decides in the inbox."""

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.stack import Stack, eventually
from tests.workflow.bank import Client, register

if TYPE_CHECKING:
    from tests.console.screen import Screen


def act(screen: "Screen", name: str, reason: str | None = None) -> None:
    """Press a button, fill in the reason where its dialog asks for one, and send it."""
    screen.page.get_by_role("button", name=name, exact=True).first.click()
    dialog = screen.page.get_by_role("dialog")
    if reason:
        dialog.get_by_label("Reason").fill(reason)
    dialog.get_by_role("button", name=name, exact=True).click()


def test_a_teller_finds_a_customer_by_iban_and_freezes_the_account(
    screen: "Screen", teller: Client, customer: Client
) -> None:
    account = customer.open_account(nickname="Everyday")
    screen.log_in(teller, "#/customers")
    screen.page.get_by_label("Whom do you look for?").fill(f"{account['iban'][:4]} {account['iban'][4:]}")
    screen.page.get_by_role("button", name="Search").click()
    screen.page.get_by_role("table").get_by_role("link").click()
    screen.page.get_by_text("Everyday").wait_for()
    assert len(screen.calls) <= 4, screen.calls  # one for the search, three for the customer
    act(screen, "Freeze", "The card was stolen")
    dialog = screen.page.get_by_role("dialog")
    dialog.get_by_text("Done").wait_for()
    dialog.get_by_role("button", name="Close").click()
    screen.page.locator(".badge").filter(has_text="Frozen").wait_for()
    assert customer.get(f"/v1/accounts/{account['id']}").body["status"] == "frozen"


def test_nobody_is_found_by_a_name_that_nobody_has(screen: "Screen", teller: Client) -> None:
    screen.log_in(teller, "#/customers")
    screen.page.get_by_label("Whom do you look for?").fill("Xyzzyplugh")
    screen.page.get_by_role("button", name="Search").click()
    screen.page.get_by_text("Nobody was found.").wait_for()


def test_customers_have_no_pages_of_staff(screen: "Screen", customer: Client) -> None:
    screen.log_in(customer)
    for place in ("#/customers", "#/approvals"):
        screen.page.evaluate("hash => { location.hash = hash }", place)
        screen.page.get_by_text("There is no such page").wait_for()
    screen.page.get_by_role("navigation").get_by_role("link", name="Payees").wait_for()
    screen.expect_none(screen.page.get_by_role("link", name="Approvals"))


def test_a_teller_opens_an_account_for_a_customer_and_reads_its_movements(
    screen: "Screen", teller: Client, customer: Client
) -> None:
    account = customer.open_account(nickname="Everyday", initial_deposit="12.34")
    screen.log_in(teller, f"#/customers/{account['customer_id']}")
    page, dialog = screen.page, screen.page.get_by_role("dialog")
    page.get_by_role("button", name="Open an account").click()
    dialog.get_by_label("Name").fill("Rainy days")
    dialog.get_by_role("button", name="Open an account").dblclick()
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("link", name="Rainy days").wait_for()
    assert len(customer.get("/v1/accounts").body["data"]) == 2
    screen.calls.clear()
    page.get_by_role("link", name="Everyday").click()
    page.get_by_text("+$12.34").first.wait_for()
    screen.settle()
    assert len(screen.calls) <= 3, screen.calls
    expect(page.get_by_role("button", name="Freeze", exact=True)).to_have_count(1)
    screen.expect_none(page.get_by_role("button", name="Close the account"))


def test_a_teller_reviews_cash_before_it_moves_once(screen: "Screen", teller: Client, customer: Client) -> None:
    account = customer.open_account(nickname="Everyday", initial_deposit="10.00")
    screen.log_in(teller, f"#/customers/{account['customer_id']}")
    screen.page.get_by_role("button", name="Deposit").click()
    dialog = screen.page.get_by_role("dialog", name="Deposit: Everyday")
    dialog.get_by_label("Amount").fill("1.234,56")
    dialog.get_by_role("button", name="Review").dblclick()
    dialog.get_by_role("definition").filter(has_text="$1,234.56").wait_for()
    assert customer.get(f"/v1/accounts/{account['id']}").body["balance"] == "10.00", "the second click is left alone"
    dialog.get_by_role("button", name="Deposit").dblclick()
    dialog.get_by_text("Done: $1,234.56. The balance is $1,244.56.").wait_for()
    assert customer.get(f"/v1/accounts/{account['id']}").body["balance"] == "1244.56"


def test_staff_see_first_what_waits_for_them(screen: "Screen", teller: Client, customer: Client) -> None:
    customer.open_account()
    raised = customer.post("/v1/tickets", {"subject": "Where is my card?", "message": "It has not come."})
    assert raised.status == 201, raised
    screen.log_in(teller)
    screen.calls.clear()
    screen.page.reload()
    screen.settle()
    reads = [one for one in screen.calls if one.startswith("GET") and "/user/" not in one]
    assert len(reads) <= 3, reads
    screen.page.get_by_role("link", name="Where is my card?").first.click()
    screen.page.get_by_text("It has not come.").wait_for()


def test_an_admin_reads_what_was_done_with_an_account_and_who_read_the_customer(
    screen: "Screen", stack: Stack, second_admin: Client, teller: Client, customer: Client
) -> None:
    friend = register(stack.url).user
    account = customer.open_account(type="savings", initial_deposit="1000.00")
    frozen = teller.post(f"/v1/accounts/{account['id']}/freeze", {"reason": "The passbook was stolen"})
    assert frozen.status == 200, frozen
    screen.log_in(second_admin, f"#/accounts/{account['id']}")
    page, dialog = screen.page, screen.page.get_by_role("dialog")
    page.get_by_role("button", name="Add a holder").click()
    dialog.get_by_label("Customer").fill("Xyzzyplugh")
    dialog.get_by_role("button", name="Add a holder").click()
    dialog.get_by_text("Nobody").first.wait_for()
    dialog.get_by_label("Customer").fill(friend["email"])
    dialog.get_by_role("button", name="Add a holder").click()
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("table", name="Holders").get_by_text("View and pay").wait_for()
    page.get_by_role("link", name="Interest", exact=True).click()
    page.get_by_text("Not credited yet").wait_for()
    screen.open(f"#/accounts/{account['id']}")
    changes = f"/v1/accounts/{account['id']}/changes"
    eventually(lambda: "The passbook was stolen" in str(second_admin.get(changes).body))
    page.get_by_role("link", name="Why, and by whom").click()
    page.get_by_text("The passbook was stolen").wait_for()
    assert screen.faults() == []
    screen.open(f"#/customers/{account['customer_id']}/reads")
    page.get_by_text("GET /v1/accounts").first.wait_for()
    screen.open("#/busy-accounts")
    page.get_by_text("in groups").wait_for()
    screen.open("#/closed-accounts")
    screen.settle()
    assert screen.faults() == []
