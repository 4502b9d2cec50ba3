"""A second factor is added in the browser, and asked for at the next log-in."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pyotp

from tests.workflow.bank import PASSWORD, Client

if TYPE_CHECKING:
    from tests.console.screen import Screen


def test_an_authenticator_app_is_added_and_then_asked_for(
    new_screen: "Callable[..., Screen]", customer: Client
) -> None:
    adding = new_screen()
    adding.log_in(customer)
    adding.open("#/security/factors")
    adding.page.get_by_label("Name", exact=True).fill("Phone")
    adding.page.get_by_label("Current password").fill(PASSWORD)
    adding.page.get_by_role("button", name="Begin").click()
    secret = adding.page.locator("#totp-secret").inner_text()
    stored = "JSON.stringify({...localStorage, ...sessionStorage})"
    assert secret not in adding.page.evaluate(stored)
    adding.page.get_by_label("Code of six digits").fill(pyotp.TOTP(secret).now())
    adding.page.get_by_role("button", name="Confirm").click()
    adding.page.get_by_text("Your recovery codes").wait_for()
    code = adding.page.get_by_role("status").locator("li").first.inner_text()
    assert code not in adding.page.evaluate(stored)
    adding.page.get_by_role("table", name="Your second factors").get_by_text("Phone").wait_for()

    logging_in = new_screen()
    logging_in.open("#/log-in")
    logging_in.page.get_by_label("E-mail address").fill(customer.user["email"])
    logging_in.page.get_by_label("Password", exact=True).fill(PASSWORD)
    logging_in.page.get_by_role("button", name="Log in").click()
    logging_in.page.get_by_label("Use a recovery code instead").check()
    logging_in.page.get_by_role("textbox", name="Recovery code").fill(code)
    logging_in.page.get_by_role("button", name="Log in").click()
    logging_in.page.get_by_role("heading", name="Hello").wait_for()
