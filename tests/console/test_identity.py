"""Sign-up, forgotten password and the second factor in the browser."""

import re
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyotp
from playwright.sync_api import expect

from tests.stack import Stack, eventually
from tests.workflow.bank import PASSWORD, Client
from tests.workflow.identity.test_password_reset import CODE, NEW, mails_to

if TYPE_CHECKING:
    from playwright.sync_api import Route

    from tests.console.screen import Screen


def test_a_newcomer_becomes_a_customer_and_is_logged_in(screen: "Screen") -> None:
    screen.open("#/sign-up")
    page = screen.page
    page.get_by_label("First name").fill("Grace")
    page.get_by_label("Last name").fill("Hopper")
    page.get_by_label("E-mail address").fill(f"{uuid.uuid4().hex}@florin.example")
    page.get_by_label("Phone").fill("12")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Become a customer").click()
    alert = page.get_by_role("alert")
    alert.get_by_role("link", name="Phone").click()
    expect(page.get_by_label("Phone")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("+44 20 7946 0018")
    page.get_by_role("button", name="Become a customer").click()
    page.get_by_text("Grace Hopper").wait_for()
    page.get_by_text("You have no account yet.").wait_for()


def test_a_forgotten_password_is_replaced_with_the_code_from_the_mail(
    screen: "Screen", stack: Stack, customer: Client
) -> None:
    screen.open("#/forgotten-password")
    screen.page.get_by_label("E-mail address").fill(customer.user["email"])
    screen.page.get_by_role("button", name="Send the code").click()
    screen.page.get_by_text("a code is on its way").wait_for()
    [text] = eventually(lambda: mails_to(stack, customer.user["email"]))
    screen.page.get_by_label("Code from the e-mail").fill(CODE.findall(text)[0])
    screen.page.get_by_label("New password").fill(NEW)
    screen.page.get_by_role("button", name="Set the new password").click()
    screen.page.get_by_text("Your password is changed").wait_for()
    screen.open("#/log-in")
    screen.log_in_by_form(customer.user["email"], NEW)
    screen.page.get_by_text("You have no account yet.").wait_for()


def test_a_second_factor_is_asked_for_at_log_in_and_again_where_it_is_needed(
    screen: "Screen", customer: Client
) -> None:
    wanted = {"type": "totp", "name": "Phone", "current_password": PASSWORD}
    begun = customer.post("/v1/auth/factors", wanted).body
    app, now = pyotp.TOTP(begun["secret"]), datetime.now(UTC)
    enrolled = customer.post(f"/v1/auth/factors/{begun['id']}/confirm", {"code": app.at(now)}).body
    page = screen.page
    screen.open("#/log-in")
    screen.log_in_by_form(customer.user["email"])
    page.get_by_label("Code of six digits").fill("000000")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("alert").get_by_text("The second factor was not accepted").wait_for()
    page.get_by_label("Use a recovery code instead").check()
    page.get_by_label("Recovery code", exact=True).fill(enrolled["recovery_codes"][0])
    page.get_by_role("button", name="Log in").click()
    page.get_by_text("You have no account yet.").wait_for()

    page.route(re.compile(r"/api/v1/accounts"), want_the_second_factor, times=1)
    screen.page.reload()
    dialog = page.get_by_role("dialog", name="Confirm that it is you")
    dialog.get_by_label("Code of six digits").fill(app.at(now, counter_offset=1))
    dialog.get_by_role("button", name="Confirm").click()
    page.get_by_text("You have no account yet.").wait_for()


def test_a_401_leads_to_the_log_in_and_back_with_the_draft(screen: "Screen", customer: Client) -> None:
    customer.open_account()
    screen.log_in(customer, "#/transfer")
    screen.page.get_by_label("Amount").fill("12.34")
    screen.page.evaluate("sessionStorage.setItem('florin.refresh', 'no longer valid')")
    screen.page.reload()
    screen.page.get_by_text("Your session is over").wait_for()
    screen.log_in_by_form(customer.user["email"])
    screen.page.get_by_role("heading", name="Transfer").wait_for()
    expect(screen.page.get_by_label("Amount")).to_have_value("12.34")


def want_the_second_factor(route: "Route") -> None:
    body = {"status": 403, "code": "mfa_step_up_required", "title": "", "detail": "", "request_id": "1", "errors": []}
    route.fulfill(status=403, json=body)


def test_another_email_address_is_verified_by_its_code(screen: "Screen", stack: Stack, customer: Client) -> None:
    new = f"{uuid.uuid4().hex}@florin.example"
    screen.log_in(customer, "#/security")
    page, dialog = screen.page, screen.page.get_by_role("dialog")
    card = page.locator(".card").filter(has=page.get_by_role("heading", name="E-mail address"))
    card.get_by_role("button", name="Change").click()
    dialog.get_by_label("New e-mail address").fill(new)
    dialog.get_by_label("Current password").fill(PASSWORD)
    dialog.get_by_role("button", name="Change").click()
    dialog.get_by_text("A code is on its way").wait_for()
    dialog.get_by_role("button", name="Close").click()
    [text] = eventually(lambda: mails_to(stack, new))
    card.get_by_role("button", name="Enter the code").click()
    dialog.get_by_label("Code from the mail").fill(CODE.findall(text)[0])
    dialog.get_by_role("button", name="Enter the code").click()
    dialog.get_by_role("button", name="Close").click()
    card.get_by_text(new).wait_for()
    assert PASSWORD not in page.evaluate("JSON.stringify({...sessionStorage})")
