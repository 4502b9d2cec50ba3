"""The bank on moto: a second emulation of DynamoDB agrees with the one that the other tests use.

moto loses concurrent updates and ignores client request tokens, so it never proves safety (docs/decisions.md, 110).
"""

from collections.abc import Iterator
from typing import Any

import boto3
import jwt
import pytest
from moto import mock_aws
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

from chalicelib.services import reference_cache
from chalicelib.services.operations import bootstrap
from chalicelib.services.verification import verify_entries
from tests.api.helpers.bank import STAGE, Api, User, forget, make_keys, make_tables
from tests.api.helpers.mailbox import SENDER, open_mailbox
from tests.api.helpers.workflow import ARN, running_workflow

LATER = "2099-01-01T00:00:00.000000Z"
PASSWORD = "correct horse battery staple"
SETTINGS = {
    "FLORIN_STAGE": STAGE,
    "ARGON2_MEMORY_KIB": "8",
    "ARGON2_PASSES": "1",
    "TRANSFER_STATE_MACHINE_ARN": ARN,
    "MAIL_SENDER": SENDER,
}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        forget()
        reference_cache.forget()
        make_keys()
        make_tables(boto3.client("dynamodb"))
        bootstrap.ensure_head_office_and_admin("root@florin.example", PASSWORD)
        with running_workflow(), open_mailbox():
            yield Api()
    forget()
    reference_cache.forget()


def sign_up(client: Api, name: str) -> User:
    email = f"{name}@example.com"
    new = {"email": email, "password": PASSWORD, "first_name": "Ada", "last_name": "Lovelace"}
    client.post("/v1/auth/register", new).ok(201)
    tokens = client.post("/v1/auth/login", {"email": email, "password": PASSWORD}).ok()
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    access, refresh = tokens["access_token"], tokens["refresh_token"]
    return User(claims["sub"], email, PASSWORD, access, refresh, claims["customer_id"])


def open_account(client: Api, user: User) -> Any:
    return client.post("/v1/accounts", {"type": "current"}, token=user.token).ok(201)


def test_a_transfer_a_refusal_and_a_replay_on_moto_leave_a_ledger_that_verifies(client: Api) -> None:
    in_moto = get_backend("dynamodb")[DEFAULT_ACCOUNT_ID]["us-east-1"]
    assert f"florin-{STAGE}-ledger" in in_moto.tables, "another engine answers"
    payer, payee = sign_up(client, "payer"), sign_up(client, "payee")
    source, target = open_account(client, payer), open_account(client, payee)
    deposit = {"account_id": source["id"], "amount": "100.00"}
    client.post("/v1/transactions/deposit", deposit, token=payer.token, key="deposit").ok(201)
    payment = {"from_account_id": source["id"], "to_account_id": target["id"], "amount": "60.00"}
    paid = client.post("/v1/transactions/transfer", payment, token=payer.token, key="first").ok(201)
    client.post("/v1/transactions/transfer", payment, token=payer.token, key="second").refused(
        422, "insufficient_funds"
    )
    again = client.post("/v1/transactions/transfer", payment, token=payer.token, key="first")
    assert (again.ok(201)["id"], again.headers["Idempotent-Replayed"]) == (paid["id"], "true")
    client.post("/v1/transactions/transfer", payment | {"amount": "1.00"}, token=payer.token, key="first").refused(
        409, "idempotency_key_reused"
    )
    assert client.get(f"/v1/accounts/{source['id']}", token=payer.token).ok()["balance"] == "40.00"
    assert client.get(f"/v1/accounts/{target['id']}", token=payee.token).ok()["balance"] == "60.00"
    history = client.get(f"/v1/accounts/{source['id']}/history", token=payer.token).ok()["data"]
    assert [(entry["seq"], entry["direction"], entry["amount"], entry["balance_after"]) for entry in history] == [
        (2, "out", "60.00", "40.00"),
        (1, "in", "100.00", "100.00"),
    ]
    assert verify_entries.prove(source["id"], LATER, lambda _: None).balance == 4000
