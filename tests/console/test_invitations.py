"""Invitations in the browser: staff send and withdraw one, and the invited customer chooses a password."""

import uuid
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from tests.stack import Stack
from tests.workflow.bank import PASSWORD, Client, new_key
from tests.workflow.identity.test_invitations import BIRTHDAY, invited

if TYPE_CHECKING:
    from tests.console.screen import Screen

WRONG = "1906-12-10"


def counter_customer(teller: Client) -> dict[str, Any]:
    """A customer whom staff have created, with an address of its own."""
    person = {"first_name": "Grace", "last_name": "Hopper", "date_of_birth": BIRTHDAY}
    reply = teller.post("/v1/customers", person | {"email": f"{uuid.uuid4().hex}@example.com"}, key=new_key())
    assert reply.status == 201, reply
    return dict(reply.body)


def fill_in(screen: "Screen", code: str, birthday: str) -> None:
    """Fill in the form of an invited person, and send it."""
    screen.page.get_by_label("Code from the e-mail").fill(code)
    screen.page.get_by_label("Date of birth").fill(birthday)
    screen.page.get_by_label("New password").fill(PASSWORD)
    screen.page.get_by_role("button", name="Set the password").click()


def test_an_invited_customer_chooses_a_password_and_logs_in(screen: "Screen", stack: Stack, teller: Client) -> None:
    grace = counter_customer(teller)
    code = invited(stack, teller, grace["id"], grace["email"], 1)
    page = screen.page
    screen.open("#/log-in")
    page.get_by_role("link", name="I have an invitation").click()
    fill_in(screen, code, WRONG)
    page.get_by_role("alert").get_by_role("link", name="Date of birth").click()
    expect(page.get_by_label("Date of birth")).to_be_focused()
    assert screen.faults() == []
    fill_in(screen, f"  {code} ", BIRTHDAY)
    page.get_by_text(f"Log in with {grace['email']}").wait_for()
    stored = page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")
    for secret in (PASSWORD, code):
        assert secret not in stored
    page.get_by_role("link", name="Back to the log-in").click()
    screen.log_in_by_form(grace["email"])
    page.get_by_text("You have no account yet.").wait_for()


def test_a_used_code_lets_nobody_in(screen: "Screen", stack: Stack, teller: Client) -> None:
    grace = counter_customer(teller)
    code = invited(stack, teller, grace["id"], grace["email"], 1)
    body = {"token": code, "date_of_birth": BIRTHDAY, "password": PASSWORD}
    used = Client(stack.url).call("POST", "/v1/auth/invitations/accept", body)
    assert used.status == 201, used
    screen.open("#/invitation")
    fill_in(screen, code, BIRTHDAY)
    screen.page.get_by_role("alert").get_by_role("link", name="Code from the e-mail").click()
    expect(screen.page.get_by_label("Code from the e-mail")).to_be_focused()
    screen.expect_none(screen.page.get_by_text(f"Log in with {grace['email']}"))


def test_a_teller_invites_and_withdraws_it_and_the_code_is_void(screen: "Screen", stack: Stack, teller: Client) -> None:
    grace = counter_customer(teller)
    screen.log_in(teller, f"#/customers/{grace['id']}")
    page, dialog = screen.page, screen.page.get_by_role("dialog")
    screen.expect_none(page.get_by_role("button", name="Withdraw"))
    page.get_by_role("button", name="Invite to log in").click()
    dialog.get_by_role("button", name="Invite to log in").click()
    dialog.get_by_text("The invitation is on its way.").wait_for()
    dialog.get_by_role("button", name="Close").click()
    page.get_by_text("Tries left").wait_for()
    assert screen.faults() == []
    page.get_by_role("button", name="Withdraw").click()
    dialog.get_by_role("button", name="Withdraw").click()
    dialog.get_by_text("Done").wait_for()
    dialog.get_by_role("button", name="Close").click()
    page.locator(".badge").filter(has_text="Withdrawn").wait_for()
    screen.expect_none(page.get_by_role("button", name="Withdraw"), page.get_by_text("Tries left"))
    again = teller.call("DELETE", f"/v1/customers/{grace['id']}/invitation")
    assert (again.status, again.body["status"]) == (200, "withdrawn")
