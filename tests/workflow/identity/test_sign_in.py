"""Signing up and in, many at once, over HTTP, on the deployed stack with IAM enforced."""

import uuid
from collections import Counter
from functools import partial

import jwt
import pytest

from tests.stack import Stack
from tests.workflow.bank import PASSWORD, Client, at_once, make_staff, register


def fresh_email() -> str:
    return f"{uuid.uuid4()}@example.com"


@pytest.mark.parametrize("known", [True, False])
def test_of_8_guesses_at_once_five_are_looked_at(stack: Stack, known: bool) -> None:
    email = register(stack.url).user["email"] if known else fresh_email()
    guess = partial(Client(stack.url).call, "POST", "/v1/auth/login", {"email": email, "password": "a wrong guess"})
    replies = at_once([guess] * 8, 8)
    assert Counter(reply.status for reply in replies) == {401: 5, 429: 3}
    assert all(int(reply.headers["Retry-After"]) > 800 for reply in replies if reply.status == 429)
    right = {"email": email, "password": PASSWORD}
    assert Client(stack.url).call("POST", "/v1/auth/login", right).code == "too_many_attempts"


def test_of_8_registrations_of_one_address_at_once_one_is_made(stack: Stack) -> None:
    wanted = {"email": fresh_email(), "password": PASSWORD, "first_name": "Ada", "last_name": "Lovelace"}
    replies = at_once([partial(Client(stack.url).call, "POST", "/v1/auth/register", wanted)] * 8, 8)
    assert Counter(reply.status for reply in replies) == {201: 1, 409: 7}


def test_of_8_refreshes_at_once_three_are_answered_and_the_session_ends(stack: Stack) -> None:
    """One, and the two repetitions that a lost answer may take. A token in more hands is a copied one, and then nobody
    keeps the session."""
    customer = register(stack.url)
    credentials = {"email": customer.user["email"], "password": PASSWORD}
    public = Client(stack.url)
    body = {"refresh_token": public.call("POST", "/v1/auth/login", credentials).body["refresh_token"]}
    replies = at_once([partial(public.call, "POST", "/v1/auth/refresh", body)] * 8, 8)
    assert Counter(reply.status for reply in replies) == {200: 3, 401: 5}
    for winner in (reply.body for reply in replies if reply.status == 200):
        assert public.call("POST", "/v1/auth/refresh", {"refresh_token": winner["refresh_token"]}).status == 401
        assert Client(stack.url, winner["access_token"]).get("/v1/user/profile").status == 401


def test_a_token_can_be_checked_with_what_the_bank_publishes(stack: Stack, customer: Client) -> None:
    keys = jwt.PyJWKSet.from_dict(Client(stack.url).get("/v1/.well-known/jwks.json").body)
    key = keys[jwt.get_unverified_header(customer.token or "")["kid"]]
    claims = jwt.decode(customer.token or "", key, algorithms=["EdDSA"], audience=f"florin-{stack.stage}")
    assert claims["sub"] == customer.get("/v1/user/profile").body["user_id"]


def test_logging_out_ends_the_session(stack: Stack) -> None:
    customer = register(stack.url)
    assert customer.post("/v1/auth/logout", {}).status == 204
    assert (
        Client(stack.url).call("POST", "/v1/auth/login", {"email": customer.user["email"], "password": PASSWORD}).status
        == 200
    )


def test_a_disabled_teller_moves_nothing_with_a_token_that_the_gateway_lets_in(
    stack: Stack, admin: Client, customer: Client
) -> None:
    """API Gateway keeps the authorizer's answer for a minute, so it is the bank that refuses, at once."""
    teller, account, other = make_staff(admin, "teller"), customer.open_account()["id"], customer.open_account()["id"]
    assert teller.deposit(account, "9.00").status == 201
    disabled = admin.call("PATCH", f"/v1/users/{teller.user['user_id']}", {"status": "disabled"})
    assert disabled.status == 200, disabled
    for reply in (
        teller.transfer(account, other, "1.00"),
        teller.withdraw(account, "1.00"),
        teller.deposit(account, "1.00"),
        teller.post(f"/v1/accounts/{account}/freeze", {"reason": "revenge"}),
    ):
        assert (reply.status, reply.code) == (401, "unauthorized"), reply
        assert reply.body["detail"] == "Your session has ended. Log in again.", "the authorizer's answer was not kept"
    assert (customer.balance(account), customer.balance(other)) == ("9.00", "0.00")
