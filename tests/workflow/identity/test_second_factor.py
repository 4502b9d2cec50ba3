"""A second factor over HTTP, on the deployed stack: codes by the clock, and ceremonies of WebAuthn."""

from datetime import UTC, datetime
from functools import partial

import pyotp

from tests.authenticator import Authenticator
from tests.stack import Stack
from tests.workflow.bank import PASSWORD, Client, Json, Reply, at_once, register


def done(reply: Reply, status: int = 200) -> Json:
    assert reply.status == status, reply
    return dict(reply.body)


def test_app_and_passkey_sign_a_customer_in(stack: Stack) -> None:
    """The codes are those of now and of the next step: each is taken for half a minute at least, so no test waits."""
    customer, public = register(stack.url), Client(stack.url)
    credentials = {"email": customer.user["email"], "password": PASSWORD}
    wanted = {"type": "totp", "name": "Phone", "current_password": PASSWORD}
    begun = done(customer.post("/v1/auth/factors", wanted), 201)
    app, now = pyotp.TOTP(begun["secret"]), datetime.now(UTC)
    enrolled = done(customer.post(f"/v1/auth/factors/{begun['id']}/confirm", {"code": app.at(now)}))
    assert len(enrolled["recovery_codes"]) == 10

    asked = done(public.call("POST", "/v1/auth/login", credentials))
    proof = {"challenge": asked["challenge"], "code": app.at(now, counter_offset=1)}
    replies = at_once([partial(public.call, "POST", "/v1/auth/mfa", proof)] * 4, 4)
    [inside] = [Client(stack.url, reply.body["access_token"]) for reply in replies if reply.status == 200]
    assert inside.get("/v1/user/profile").status == 200

    key = Authenticator()
    begun = done(inside.post("/v1/auth/factors", {"type": "passkey", "name": "Key"}), 201)
    done(inside.post(f"/v1/auth/factors/{begun['id']}/confirm", {"passkey": key.create(begun["options"])}))
    asked = done(public.call("POST", "/v1/auth/login", credentials))
    proof = {"challenge": asked["challenge"], "passkey": key.get(asked["passkey"])}
    inside = Client(stack.url, done(public.call("POST", "/v1/auth/mfa", proof))["access_token"])
    assert public.call("POST", "/v1/auth/mfa", proof).status == 401
    asked = done(inside.post("/v1/auth/mfa/step-up/challenges"))
    proof = {"challenge": asked["challenge"], "passkey": key.get(asked["passkey"])}
    done(inside.post("/v1/auth/mfa/step-up", proof))
    assert [one["type"] for one in done(inside.get("/v1/auth/factors"))["data"]] == ["totp", "passkey"]
