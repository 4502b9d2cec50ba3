"""Every page, in both themes and at three widths: no violation that axe knows, and no sideways scroll."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import pytest

from chalicelib.domain.branches.branch import HEAD_OFFICE_ID
from tests.workflow.bank import Client

if TYPE_CHECKING:
    from tests.console.screen import Screen

COLOR_RULES = ["color-contrast", "link-in-text-block"]
RULES: dict[Literal["light", "dark"], list[str] | None] = {"light": None, "dark": COLOR_RULES}
"""By theme: all rules in one, and in the other those on colors, for nothing else differs."""
WIDTHS = (320, 768, 1440)
PUBLIC = ("#/log-in", "#/sign-up", "#/forgotten-password")


@pytest.mark.parametrize("place", PUBLIC)
def test_pages_outside_have_no_violation(new_screen: "Callable[..., Screen]", place: str) -> None:
    screen = new_screen(reduced_motion="reduce")
    screen.open(place)
    look_at(screen, place)


def test_pages_of_customers_have_no_violation(new_screen: "Callable[..., Screen]", customer: Client) -> None:
    account = customer.open_account(nickname="Everyday")
    customer.open_account(type="savings")
    paid = customer.deposit(account["id"], "1500.00").body
    ticket = customer.post("/v1/tickets", {"subject": "A card", "message": "May I have one?"}).body
    hooks = {"url": "https://hooks.example.com/florin", "events": ["*"], "signature": "hmac"}
    endpoint = customer.post("/v1/webhook-endpoints", hooks).body
    screen = new_screen(reduced_motion="reduce")
    screen.log_in(customer)
    for place in (
        "#/",
        "#/transfer",
        f"#/accounts/{account['id']}",
        "#/payees",
        "#/standing-orders",
        "#/standing-orders/new",
        "#/pending",
        "#/payment-files",
        f"#/payments/{paid['id']}",
        "#/categories",
        "#/profile",
        "#/profile/data",
        "#/tickets",
        f"#/tickets/{ticket['id']}",
        "#/tickets/new",
        "#/security",
        "#/security/factors",
        "#/announcements",
        "#/webhooks",
        f"#/webhooks/{endpoint['id']}",
        "#/nowhere",
    ):
        screen.page.evaluate("hash => { location.hash = hash }", place)
        screen.settle()
        look_at(screen, place)


def test_pages_of_staff_have_no_violation(
    new_screen: "Callable[..., Screen]", manager: Client, customer: Client
) -> None:
    account = customer.open_account(nickname="Everyday")
    screen = new_screen(reduced_motion="reduce")
    screen.log_in(manager)
    found = f"#/customers?q={account['account_number']}"
    for place in (
        "#/",
        found,
        f"#/customers/{account['customer_id']}",
        f"#/accounts/{account['id']}",
        "#/approvals",
        "#/alerts",
        "#/rates",
        "#/runs",
        "#/runs/interest/2026-10",
        "#/trial-balance",
        "#/announcements",
        "#/tickets",
        "#/clearing",
        "#/clearing/reconciliation",
        "#/reports",
        "#/branches",
        f"#/branches/{HEAD_OFFICE_ID}",
    ):
        screen.page.evaluate("hash => { location.hash = hash }", place)
        screen.settle()
        look_at(screen, place)


def test_pages_of_admins_have_no_violation(new_screen: "Callable[..., Screen]", second_admin: Client) -> None:
    screen = new_screen(reduced_motion="reduce")
    screen.log_in(second_admin)
    for place in ("#/users", "#/digests", "#/policies", "#/webhooks", "#/audit"):
        screen.page.evaluate("hash => { location.hash = hash }", place)
        screen.settle()
        look_at(screen, place)


def look_at(screen: "Screen", place: str) -> None:
    """Check the page that is open in each theme and width."""
    for theme, rules in RULES.items():
        screen.page.emulate_media(color_scheme=theme)
        for width in WIDTHS:
            screen.page.set_viewport_size({"width": width, "height": 800})
            assert screen.violations(rules) == [], (place, theme, width)
            assert screen.has_no_sideways_scroll(), (place, width)
