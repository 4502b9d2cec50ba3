"""The pictures of docs/console.md, taken of a bank with three months behind it; only `make screenshots` takes them."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from infra.emulator.clock import set_ahead
from infra.settings import ROOT
from tests.stack import Stack
from tests.workflow.bank import PASSWORD, Client, log_in

if TYPE_CHECKING:
    from tests.console.screen import Screen

IMAGES = ROOT / "docs" / "images"
EMAIL = "ada.bianchi@florin.example"
MONTHS: tuple[tuple[int, tuple[tuple[str, str, str, str], ...]], ...] = (
    (0, (("deposit", "2350.00", "Salary", "salary"), ("withdraw", "62.40", "Market hall", "groceries"))),
    (4, (("withdraw", "910.00", "Rent", "housing"), ("withdraw", "39.90", "Phone and internet", "utilities"))),
    (17, (("withdraw", "84.25", "Dinner with Ben", "restaurants"), ("withdraw", "58.10", "Grocer", "groceries"))),
    (30, (("deposit", "2350.00", "Salary", "salary"), ("withdraw", "49.00", "Month pass", "transport"))),
    (34, (("withdraw", "910.00", "Rent", "housing"), ("withdraw", "71.35", "Market hall", "groceries"))),
    (49, (("withdraw", "240.00", "Weekend in the hills", "leisure"),)),
    (61, (("deposit", "2350.00", "Salary", "salary"), ("withdraw", "66.80", "Grocer", "groceries"))),
    (65, (("withdraw", "910.00", "Rent", "housing"), ("withdraw", "49.00", "Month pass", "transport"))),
    (80, (("withdraw", "32.50", "Books", "leisure"), ("deposit", "120.00", "Sold the old bicycle", ""))),
)

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif("SCREENSHOTS" not in os.environ, reason="`make screenshots` takes the pictures"),
]


def live_three_months(stack: Stack) -> tuple[Client, timedelta]:
    """Return a customer with the movements of three months, and how far the bank's clock is ahead."""
    person = {"email": EMAIL, "password": PASSWORD, "first_name": "Ada", "last_name": "Bianchi"}
    assert Client(stack.url).call("POST", "/v1/auth/register", person).status == 201
    ada = log_in(stack.url, EMAIL, PASSWORD)
    savings = ada.open_account(type="savings", nickname="Rainy days")
    account = ada.open_account(nickname="Everyday")
    assert ada.deposit(savings["id"], "4200.00").status == 201
    distance = timedelta()
    for day, movements in MONTHS:
        distance = timedelta(days=day)
        set_ahead(stack.cloud, stack.settings, distance)
        ada = log_in(stack.url, EMAIL, PASSWORD)
        for kind, amount, memo, category in movements:
            body: dict[str, Any] = {"account_id": account["id"], "amount": amount, "memo": memo}
            given = body | ({"category": category} if category else {})
            assert ada.post(f"/v1/transactions/{kind}", given).status == 201
    payee = {"name": "Ben Carter", "nickname": "Ben", "account_number": savings["account_number"]}
    assert ada.post("/v1/beneficiaries", payee).status == 201
    order = {"from_account_id": account["id"], "to_account_id": savings["id"], "amount": "150.00", "memo": "Savings"}
    start = (datetime.now(UTC) + distance + timedelta(days=5)).date().isoformat()
    monthly = {"frequency": {"unit": "month", "every": 1, "day": 1}, "start": start}
    assert ada.post("/v1/standing-orders", order | monthly).status == 201
    ada.user = {"email": EMAIL}
    return ada, distance


def test_pictures_are_taken(new_screen: "Callable[..., Screen]", stack: Stack) -> None:
    ada, distance = live_three_months(stack)
    wide, phone = (
        new_screen(viewport={"width": 1200, "height": 860}),
        new_screen(viewport={"width": 390, "height": 800}, color_scheme="dark"),
    )
    for screen in (wide, phone):
        screen.page.clock.set_system_time(datetime.now(UTC) + distance)
        screen.log_in(ada)
        screen.page.locator(".chart canvas").wait_for()
    take(wide, "overview")
    wide.page.get_by_role("link", name="Everyday").click()
    take(wide, "account")
    take(phone, "overview-phone")
    phone.open("#/transfer")
    phone.page.get_by_role("textbox", name="Account number or IBAN").fill("796891242014")
    phone.page.get_by_label("Amount").fill("1,234.50")
    phone.page.get_by_label("Message").fill("New bicycle")
    phone.page.get_by_role("button", name="Review").click()
    phone.page.get_by_role("heading", name="Is everything right?").wait_for()
    take(phone, "transfer-phone")


def take(screen: "Screen", name: str) -> None:
    IMAGES.mkdir(exist_ok=True)
    screen.settle()
    screen.page.screenshot(path=IMAGES / f"console-{name}.png", animations="disabled")
