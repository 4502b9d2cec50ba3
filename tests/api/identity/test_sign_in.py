"""Logging in. test_lockout.py has who is locked out."""

import pytest

from chalicelib.services.crypto import bank_keys, data_keys, passwords
from tests.api.helpers.bank import Api, User, counted_calls, items, revealed
from tests.api.helpers.network import guess


def test_logging_in(client: Api, customer: User) -> None:
    with counted_calls() as calls:
        tokens = guess(
            client, customer.email.upper(), customer.password, **{"User-Agent": "curl/8\r\n" + "x" * 300}
        ).ok()
    assert calls == {"BatchGetItem": 2, "TransactWriteItems": 2}
    assert set(tokens) == {"access_token", "refresh_token", "token_type", "expires_in", "device_token"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 900)
    login = max(items(type="login", user_id=customer.user_id), key=lambda item: item["id"])
    assert (login["outcome"], login["pk"]) == ("succeeded", f"USER#{customer.user_id}")
    assert revealed(login) == {"source_ip": "127.0.0.1", "user_agent": ("curl/8" + "x" * 300)[:200]}
    assert login["updated_by"] == customer.user_id


def test_the_refresh_token_is_kept_as_a_hash_only(client: Api, customer: User) -> None:
    secret = customer.refresh_token.rpartition(".")[2]
    [session] = items(type="session", user_id=customer.user_id)
    assert secret not in str(session)
    assert customer.token not in str(items())


def test_wrong_passwords_and_unknown_addresses_are_refused_in_the_same_calls(client: Api, customer: User) -> None:
    """In the same calls too, whether the key is at hand that seals where they came from, or not yet."""
    calls = {"BatchGetItem": 2, "TransactWriteItems": 2}
    data_keys.cache.clear()
    for also in ({"BatchGetItem": 3, "Decrypt": 1}, {}):
        for email in (customer.email, "nobody-yet@example.com"):
            with counted_calls() as counted:
                guess(client, email).refused(401, "unauthorized")
            assert counted == {**calls, **also}, email


def test_wrong_passwords_and_unknown_addresses_are_refused_alike(client: Api, customer: User) -> None:
    known = guess(client, customer.email).refused(401, "unauthorized")
    unknown = guess(client, "nobody-yet@example.com").refused(401, "unauthorized")
    assert {**known.json, "request_id": ""} == {**unknown.json, "request_id": ""}
    assert known.headers["WWW-Authenticate"] == "Bearer"
    [failed] = items(type="login", user_id=customer.user_id, outcome="failed")
    assert failed["updated_by"] == "anonymous"
    [nobody] = items(pk=f"EMAIL#{bank_keys.email_hmac('nobody-yet@example.com')}", type="login")
    assert (nobody["outcome"], nobody.get("user_id")) == ("failed", None)


def test_an_unknown_address_costs_a_hash_as_well(client: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str | None] = []

    def verify(kept: str | None, secret: str) -> bool:
        checked.append(kept)
        return False

    monkeypatch.setattr(passwords, "verify_secret", verify)
    guess(client, "nobody-at-all@example.com").refused(401, "unauthorized")
    assert checked == [None]


def test_a_disabled_user_is_refused_like_a_wrong_password(client: Api, admin: User, customer: User) -> None:
    client.patch(f"/v1/users/{customer.user_id}", {"status": "disabled"}, token=admin.token).ok()
    right = guess(client, customer.email, customer.password).refused(401, "unauthorized")
    assert {**right.json, "request_id": ""} == {**guess(client, customer.email).json, "request_id": ""}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"email", "password"}),
        ({"email": "ada@example.com"}, {"password"}),
        ({"email": "ada", "password": "x"}, {"email"}),
        ({"email": "ada@example.com", "password": 1}, {"password"}),
        ({"email": "ada@example.com", "password": "x" * 201}, {"password"}),
        ({"email": "ada@example.com", "password": "x\u0000"}, {"password"}),
        ({"email": "ada@example.com", "password": "x", "otp": "1"}, {"otp"}),
        ({"email": "ada@example.com", "password": "x", "device_token": "x" * 201}, {"device_token"}),
        ({"email": "ada@example.com", "password": "x", "device_token": 1}, {"device_token"}),
    ],
)
def test_bad_credentials_are_named(client: Api, body: object, fields: set[str]) -> None:
    reply = client.post("/v1/auth/login", body).refused(422, "validation_failed")
    assert set(reply.wrong_fields) == fields
