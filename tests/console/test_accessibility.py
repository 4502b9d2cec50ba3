"""Every page, in both themes and at three widths: no violation that axe knows, no sideways scroll, and few calls."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from chalicelib.domain.branches.branch import HEAD_OFFICE_ID
from tests.api.helpers.payment_files import Group, Pay, write_file
from tests.console.pages import CALLS_MAX, Viewer, routes_of
from tests.workflow.bank import Client
from tests.workflow.clearing.test_payment_files import send

if TYPE_CHECKING:
    from tests.console.screen import Screen

COLOR_RULES = ["color-contrast", "link-in-text-block"]
RULES: dict[Literal["light", "dark"], list[str] | None] = {"light": None, "dark": COLOR_RULES}
"""By theme: all rules in one, and in the other those on colors, for nothing else differs."""
WIDTHS = (320, 768, 1440)
HEIGHT = 800
BESIDE: dict[Viewer, tuple[str, ...]] = {
    "customer": ("#/nowhere", "#/standing-orders?show=scheduled"),
    "manager": ("#/customers?q={account_number}",),
}
"""What is no line of the table: a page that does not exist, another list of a page, and what a search finds."""


def look_at_all(screen: "Screen", viewer: Viewer, values: dict[str, str]) -> None:
    """Look at every page of the table that a viewer may open: none can be missing here."""
    places = [route.place(values) for route in routes_of(viewer)]
    for place in (*places, *(one.format(**values) for one in BESIDE.get(viewer, ()))):
        screen.open_anew(place)
        assert len(screen.calls) <= CALLS_MAX, (place, screen.calls)
        look_at(screen, place)


def test_pages_outside_have_no_violation(new_screen: "Callable[..., Screen]") -> None:
    screen = new_screen()
    screen.open("#/log-in")
    look_at_all(screen, "nobody", {})


def test_pages_of_customers_have_no_violation(new_screen: "Callable[..., Screen]", customer: Client) -> None:
    account = customer.open_account(nickname="Everyday")
    savings = customer.open_account(type="savings")
    paid = customer.deposit(account["id"], "1500.00").body
    ticket = customer.post("/v1/tickets", {"subject": "A card", "message": "May I have one?"}).body
    hooks = {"url": "https://hooks.example.com/florin", "events": ["*"], "signature": "hmac"}
    endpoint = customer.post("/v1/webhook-endpoints", hooks).body
    monthly = {"unit": "month", "every": 1, "day": 1}
    saving = {"from_account_id": account["id"], "to_account_id": savings["id"], "amount": "1.00", "memo": "Saving"}
    first_day = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    order = customer.post("/v1/standing-orders", saving | {"frequency": monthly, "start": first_day}).body
    payee = customer.post("/v1/beneficiaries", {"name": "Ben", "account_number": savings["account_number"]}).body
    to_payee = {"from_account_id": account["id"], "beneficiary_id": payee["id"], "amount": "1.00"}
    assert customer.post("/v1/standing-orders", to_payee | {"frequency": monthly, "start": first_day}).status == 201
    later = to_payee | {"execution_date": first_day}
    assert customer.post("/v1/transactions/transfer", later).status in (201, 202)
    euro = customer.open_account(currency="EUR")
    document = write_file(Group(euro["iban"], [Pay()])).encode()
    values = {
        "account_id": account["id"], "transaction_id": paid["id"], "ticket_id": ticket["id"],
        "endpoint_id": endpoint["id"], "order_id": order["id"], "file_id": send(customer, document).json()["id"],
    }  # fmt: skip
    screen = new_screen()
    screen.log_in(customer)
    look_at_all(screen, "customer", values)


def test_pages_of_staff_have_no_violation(
    new_screen: "Callable[..., Screen]", manager: Client, customer: Client
) -> None:
    account = customer.open_account(nickname="Everyday")
    paid = customer.deposit(account["id"], "1500.00").body
    ticket = customer.post("/v1/tickets", {"subject": "A card", "message": "May I have one?"}).body
    hooks = {"url": "https://hooks.example.com/florin", "events": ["*"], "signature": "hmac"}
    endpoint = manager.post("/v1/webhook-endpoints", hooks).body
    screen = new_screen()
    screen.log_in(manager)
    values = {
        "account_id": account["id"], "account_number": account["account_number"], "transaction_id": paid["id"],
        "customer_id": account["customer_id"], "ticket_id": ticket["id"], "endpoint_id": endpoint["id"],
        "branch_id": HEAD_OFFICE_ID, "kind": "interest", "period": "2026-10",
    }  # fmt: skip
    look_at_all(screen, "manager", values)


def test_pages_of_admins_have_no_violation(
    new_screen: "Callable[..., Screen]", second_admin: Client, teller: Client, customer: Client
) -> None:
    screen = new_screen()
    screen.log_in(second_admin)
    look_at_all(screen, "admin", {"user_id": teller.user["user_id"], "customer_id": customer.user["customer_id"]})


def look_at(screen: "Screen", place: str) -> None:
    """Check the page that is open in each theme and width.

    It begins with the width that the last page ended with: a page that is resized is laid out and drawn anew.
    """
    size = screen.page.viewport_size
    for width in reversed(WIDTHS) if size and size["width"] == WIDTHS[-1] else WIDTHS:
        if size != {"width": width, "height": HEIGHT}:
            screen.page.set_viewport_size({"width": width, "height": HEIGHT})
        for theme, rules in RULES.items():
            screen.page.emulate_media(color_scheme=theme)
            assert screen.faults(rules, is_settled=True) == [], (place, theme, width)
