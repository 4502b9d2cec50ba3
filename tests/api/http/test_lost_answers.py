"""What a client is told to do when nobody knows whether its request was done."""

from typing import Any

import pytest

from chalicelib.models import transact
from tests.api.helpers.accounts import deposit, new_key, opened
from tests.api.helpers.bank import Api, User


@pytest.fixture
def lost_answers(customer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on DynamoDB does not answer to any transaction."""
    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 1)
    monkeypatch.setattr(transact, "write", _lost)


def test_a_request_with_a_key_is_repeated_with_it(client: Api, customer: User, lost_answers: None) -> None:
    reply = client.post("/v1/tickets", {"subject": "s", "message": "m"}, token=customer.token, key=new_key())
    assert "same Idempotency-Key" in reply.refused(503, "outcome_unknown").json["detail"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/auth/login", ...),
        ("POST", "/v1/tickets", {"subject": "s", "message": "m"}),
        ("PATCH", "/v1/user/profile", {"first_name": "Eve"}),
    ],
)
def test_a_request_without_a_key_is_not_told_of_one(
    client: Api, customer: User, lost_answers: None, method: str, path: str, body: Any
) -> None:
    """Log-in, PATCH, PUT and DELETE cannot have a key, and to other POSTs none was sent."""
    body = {"email": customer.email, "password": customer.password} if body is ... else body
    reply = client.send(method, path, body, token=None if "auth" in path else customer.token)
    detail = reply.refused(503, "outcome_unknown").json["detail"]
    assert "Idempotency-Key" not in detail
    assert "Read what it would have changed" in detail


def test_money_is_repeated_with_its_key(client: Api, customer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    account = opened(client, customer)
    with monkeypatch.context() as patch:
        patch.setattr(transact, "ATTEMPTS_MAX", 1)
        patch.setattr(transact, "write", _lost)
        reply = deposit(client, customer, account, "1.00", key="lost-1")
    assert "same Idempotency-Key" in reply.refused(503, "outcome_unknown").json["detail"]
    deposit(client, customer, account, "1.00", key="lost-1").ok(201)


def _lost(actions: list[Any]) -> None:
    raise transact.Ambiguous("no answer")
