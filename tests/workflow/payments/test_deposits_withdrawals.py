"""A clumsy and a hostile user, over HTTP, on the deployed stack with IAM enforced."""

from typing import Any

import pytest
import requests

from tests.stack import Stack
from tests.workflow.bank import PASSWORD, Client, Reply, log_in, new_key, register

PROBLEM = {"type", "title", "status", "detail", "code", "request_id"}
MALFORMED: list[Any] = [b"{", b"\xff\xfe", b"[" * 30_000, b'{"amount": NaN}']


def refused(reply: Reply, status: int, code: str) -> None:
    assert (reply.status, reply.code) == (status, code), reply
    assert set(reply.body) >= PROBLEM
    assert reply.body["status"] == status


def test_the_whole_story(stack: Stack, customer: Client, teller: Client, auditor: Client) -> None:
    friend = register(stack.url)
    savings = customer.open_account(type="savings", initial_deposit="500.00", nickname="Ferien ☀")
    current, other = customer.open_account(), friend.open_account()
    assert customer.deposit(current["id"], "100.00").body["status"] == "posted"
    assert customer.withdraw(current["id"], "30.00").status == 201
    key = new_key()
    sent = customer.transfer(savings["id"], other["id"], "125.50", key=key)
    assert (sent.status, sent.body["status"]) == (201, "posted")
    again = customer.transfer(savings["id"], other["id"], "125.50", key=key)
    assert (again.status, again.body, again.headers["Idempotent-Replayed"]) == (201, sent.body, "true")
    refused(customer.transfer(savings["id"], other["id"], "125.51", key=key), 409, "idempotency_key_reused")
    key = new_key()
    for _ in range(2):
        refused(customer.transfer(current["id"], other["id"], "70.01", key=key), 422, "insufficient_funds")
    refused(customer.withdraw(current["id"], "70.01"), 422, "insufficient_funds")
    assert [customer.balance(one["id"]) for one in (savings, current)] == ["374.50", "70.00"]
    assert friend.balance(other["id"]) == "125.50"
    assert teller.post(f"/v1/accounts/{current['id']}/freeze", {"reason": "a doubt"}).body["status"] == "frozen"
    refused(customer.withdraw(current["id"], "1.00"), 422, "account_frozen")
    refused(customer.post(f"/v1/accounts/{current['id']}/unfreeze", {"reason": "x"}), 403, "forbidden")
    path = f"/v1/transactions/{sent.body['id']}/reverse"
    assert teller.post(path, {"reason": "sent by mistake"}).body["reverses"] == sent.body["id"]
    refused(teller.post(path, {"reason": "once more"}), 409, "conflict")
    assert (customer.balance(savings["id"]), friend.balance(other["id"])) == ("500.00", "0.00")
    for account in (savings, current):
        assert auditor.get(f"/v1/audit/verify?account_id={account['id']}").body["ok"]


def test_other_peoples_things_are_unknown(stack: Stack, customer: Client, auditor: Client) -> None:
    account = customer.open_account(initial_deposit="10.00")
    made = customer.withdraw(account["id"], "1.00").body["id"]
    thief = register(stack.url)
    own = thief.open_account()
    for path in (f"/v1/accounts/{account['id']}", f"/v1/accounts/{account['id']}/history", f"/v1/transactions/{made}"):
        refused(thief.get(path), 404, "not_found")
        assert auditor.get(path).status == 200
    refused(thief.transfer(account["id"], own["id"], "1.00"), 404, "not_found")
    refused(thief.withdraw(account["id"], "1.00"), 404, "not_found")
    refused(thief.get("/v1/users"), 403, "forbidden")
    refused(auditor.withdraw(account["id"], "1.00"), 403, "forbidden")
    assert customer.balance(account["id"]) == "9.00"


def test_a_clumsy_request_is_a_problem(stack: Stack, customer: Client) -> None:
    path = "/v1/transactions/deposit"
    account = customer.open_account()
    body = {"account_id": account["id"], "amount": "1.00"}
    refused(customer.call("POST", path, body), 400, "idempotency_key_missing")
    refused(customer.call("POST", path, body, key="x" * 65), 422, "validation_failed")
    refused(customer.post(path, body | {"amount": 1}), 422, "validation_failed")
    refused(customer.post(path, body | {"memo": "a\u0000b"}), 422, "validation_failed")
    refused(customer.post(path, body | {"memo": "\ud800"}), 422, "validation_failed")
    refused(customer.post(path, ["no", "object"]), 422, "validation_failed")
    refused(customer.call("POST", path, body, key=new_key(), Content_Type="text/plain"), 415, "unsupported_media_type")
    refused(customer.post(path, body | {"memo": "x" * 70_000}), 413, "payload_too_large")
    refused(customer.get("/v1/accounts?limit=0"), 422, "validation_failed")
    refused(customer.get("/v1/accounts?cursor=%00"), 400, "invalid_cursor")
    refused(customer.call("PUT", "/v1/accounts", {}), 405, "method_not_allowed")
    refused(customer.call("DELETE", path), 405, "method_not_allowed")
    assert customer.balance(account["id"]) == "0.00"


@pytest.mark.parametrize("raw", MALFORMED)
def test_a_body_that_is_no_json(stack: Stack, customer: Client, raw: bytes) -> None:
    headers = {"Authorization": f"Bearer {customer.token}", "Content-Type": "application/json", "Idempotency-Key": "k"}
    answer = requests.post(stack.url + "/v1/transactions/deposit", data=raw, headers=headers, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")


def test_odd_paths_are_unknown(customer: Client) -> None:
    odd = ("acc_01ARZ3NDEKTSV4RRFFQ69G5FAV", "acc%20x", "%F0%9F%92%B6", "%00", "%2e%2e", "a%2Fb", "%7B0%7D")
    for account_id in (*odd, "x" * 3000):
        refused(customer.get(f"/v1/accounts/{account_id}"), 404, "not_found")


@pytest.mark.embedded
def test_a_path_that_is_not_utf_8_is_wrong(customer: Client) -> None:
    """LocalStack reads each byte as a character, and the account is unknown."""
    refused(customer.get("/v1/accounts/%FF"), 422, "validation_failed")


@pytest.mark.embedded
def test_paths_that_no_route_has_are_unknown(customer: Client) -> None:
    """The gateway's own error; LocalStack ignores what the stack says of its shape."""
    refused(customer.get("/v1/nowhere"), 404, "not_found")
    refused(customer.get("/v1/accounts/x/y/z"), 404, "not_found")


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", "Bearer x", "Bearer x.y.z", "Basic eDp5", "é"]
)
def test_a_bad_token_is_refused(stack: Stack, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization.encode()}
    answer = requests.get(stack.url + "/v1/accounts", headers=headers, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


def test_a_forged_token_is_refused(stack: Stack, customer: Client) -> None:
    header, claims, signature = str(customer.token).split(".")
    for token in (f"{header}.{claims}.", f"{header}.{claims}.{signature[::-1]}", f"eyJhbGciOiJub25lIn0.{claims}."):
        refused(Client(stack.url, token).get("/v1/accounts"), 401, "unauthorized")


def test_whoever_logged_out_or_is_disabled_is_out(stack: Stack, admin: Client) -> None:
    """The gateway keeps the authorizer's answer for a minute, so each token is used first when it is void."""
    customer = register(stack.url)
    login = {"email": customer.user["email"], "password": PASSWORD}
    ended = log_in(stack.url, *login.values())
    assert customer.post("/v1/auth/logout", {"everywhere": True}).status == 204
    refused(ended.get("/v1/accounts"), 401, "unauthorized")
    tokens = Client(stack.url).call("POST", "/v1/auth/login", login).body
    assert admin.call("PATCH", f"/v1/users/{customer.user['user_id']}", {"status": "disabled"}).status == 200
    refused(Client(stack.url, tokens["access_token"]).get("/v1/accounts"), 401, "unauthorized")
    refresh = {"refresh_token": tokens["refresh_token"]}
    refused(Client(stack.url).call("POST", "/v1/auth/refresh", refresh), 401, "unauthorized")
    refused(Client(stack.url).call("POST", "/v1/auth/login", login), 401, "unauthorized")
