"""Second factors are added in the browser, and asked for at the next log-in and where the API wants one."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pyotp
import pytest

from tests.console.test_identity import want_the_second_factor
from tests.workflow.bank import PASSWORD, Client

if TYPE_CHECKING:
    from tests.console.screen import Screen


def test_an_authenticator_app_is_added_and_then_asked_for(
    new_screen: "Callable[..., Screen]", customer: Client
) -> None:
    adding = new_screen()
    adding.log_in(customer, "#/security/factors")
    form = adding.page.locator("form").filter(has=adding.page.get_by_role("button", name="Begin"))
    form.get_by_label("Name", exact=True).fill("Phone")
    form.get_by_label("Current password").fill(PASSWORD)
    adding.page.get_by_role("button", name="Begin").click()
    secret = adding.page.locator("#totp-secret").inner_text()
    assert secret not in adding.page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    adding.page.get_by_label("Code of six digits").fill(pyotp.TOTP(secret).now())
    adding.page.get_by_role("button", name="Confirm").click()
    adding.page.get_by_text("Your recovery codes").wait_for()
    code = adding.page.get_by_role("status").locator("li").first.inner_text()
    assert code not in adding.page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
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


@pytest.fixture
def with_authenticator(own_screen: "Screen") -> "Screen":
    """A tab whose device makes passkeys: Chromium's virtual authenticator, which says yes by itself."""
    session = own_screen.page.context.new_cdp_session(own_screen.page)
    session.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    return own_screen


def test_a_passkey_is_added_logs_in_and_confirms(with_authenticator: "Screen", customer: Client) -> None:
    screen, page = with_authenticator, with_authenticator.page
    screen.log_in(customer, "#/security/factors")
    add = page.locator("form").filter(has=page.get_by_role("button", name="Add a passkey"))
    add.get_by_label("Name", exact=True).fill("Laptop")
    add.get_by_label("Current password").fill(PASSWORD)
    add.get_by_role("button", name="Add a passkey").dblclick()
    page.get_by_text("Your recovery codes").wait_for()
    page.get_by_role("table", name="Your second factors").get_by_text("Laptop").wait_for()
    stored = page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    code = page.get_by_role("status").locator("li").first.inner_text()
    assert (code in stored, PASSWORD in stored) == (False, False)

    page.get_by_role("button", name="Log out").click()
    screen.open("#/log-in")
    page.get_by_label("E-mail address").fill(customer.user["email"])
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Use your passkey").click()
    page.get_by_role("heading", name="Hello").wait_for()

    page.route(re.compile(r"/api/v1/auth/factors$"), want_the_second_factor, times=1)
    screen.open("#/security/factors")
    dialog = page.get_by_role("dialog", name="Confirm that it is you")
    dialog.get_by_role("button", name="Use your passkey").click()
    page.get_by_role("table", name="Your second factors").get_by_text("Laptop").wait_for()

    add.get_by_label("Name", exact=True).fill("The same laptop")
    add.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("alert").get_by_text("This device has a passkey already").wait_for()


def test_an_address_without_a_name_says_that_it_has_no_passkeys(own_screen: "Screen", customer: Client) -> None:
    own_screen.address = own_screen.address.replace("//localhost:", "//127.0.0.1:")
    own_screen.log_in(customer, "#/security/factors")
    add = own_screen.page.locator("form").filter(has=own_screen.page.get_by_role("button", name="Add a passkey"))
    add.get_by_label("Name", exact=True).fill("Laptop")
    add.get_by_label("Current password").fill(PASSWORD)
    add.get_by_role("button", name="Add a passkey").click()
    own_screen.page.get_by_role("alert").get_by_text("Passkeys do not work at this address").wait_for()
    assert customer.get("/v1/auth/factors").body["data"] == []
