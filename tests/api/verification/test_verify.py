"""Verification as an endpoint: whom it answers, how long, and that movements in the meantime are no false alarm.

What it finds is proven on the running bank, in tests/workflow.
"""

from typing import Any

import boto3
import pytest

from chalicelib.models.ledger.hold import Hold
from chalicelib.models.ledger.transaction_facts import read_facts
from chalicelib.services.verification import verify_entries
from tests.api.helpers.accounts import deposit, opened
from tests.api.helpers.bank import STAGE, Api, Json, User
from tests.api.helpers.race import just_before

PATH = "/v1/audit/verify"
NONE = {"audit_records": 0, "digests": 0, "rollups": 0}
"""Of what is made from the stream, for nobody delivers it here."""
UNKNOWN = "acc_01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.fixture
def account(client: Api, customer: User) -> Json:
    return opened(client, customer, "100.00")


def bank_table() -> Any:
    return boto3.resource("dynamodb").Table(f"florin-{STAGE}-bank")


def key(account: Json) -> Json:
    return {"pk": f"ACCOUNT#{account['id']}", "sk": "ACCOUNT"}


def test_a_bank_that_holds(client: Api, auditor: User, account: Json) -> None:
    one = client.get(f"{PATH}?account_id={account['id']}", token=auditor.token).ok()
    assert one == {
        "ok": True,
        "checked": {"accounts": 1, "entries": 1, "transactions": 1} | NONE,
        "broken": None,
        "late": 0,
    }
    whole = client.get(PATH, token=auditor.token).ok()
    assert whole["checked"] == {"accounts": 2, "entries": 2, "transactions": 1} | NONE


def test_an_empty_bank_holds(client: Api, auditor: User) -> None:
    assert client.get(PATH, token=auditor.token).ok()["ok"]


def test_whom_it_does_not_answer(client: Api, customer: User, teller: User, auditor: User, account: Json) -> None:
    client.get(PATH).refused(401, "unauthorized")
    for user in (customer, teller):
        client.get(f"{PATH}?account_id={account['id']}", token=user.token).refused(403, "forbidden")
    for unknown in (UNKNOWN, "acc_x", "gl.cash.nowhere", account["account_number"]):
        client.get(f"{PATH}?account_id={unknown}", token=auditor.token).refused(404, "not_found")
    client.get(f"{PATH}?account_id=", token=auditor.token).refused(422, "validation_failed")


def test_a_posting_in_the_meantime_is_no_false_alarm(client: Api, customer: User, auditor: User, account: Json) -> None:
    with just_before("Query", lambda: deposit(client, customer, account, "5.00").ok(201)):
        verdict = client.get(f"{PATH}?account_id={account['id']}", token=auditor.token).ok()
    assert (verdict["ok"], verdict["checked"]["entries"]) == (True, 2)


def test_what_is_only_half_visible_yet_is_looked_at_again(
    client: Api, auditor: User, account: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    visible, looks = read_facts, []

    def late(keys: Any) -> Any:
        looks.append(keys)
        return visible(keys) if len(looks) > 1 else []

    monkeypatch.setattr(verify_entries, "read_facts", late)
    assert client.get(f"{PATH}?account_id={account['id']}", token=auditor.token).ok()["ok"]
    assert len(looks) == 2


def test_an_account_that_never_stands_still_is_not_called_broken(
    client: Api, customer: User, auditor: User, account: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    def moving(_: str) -> list[Any]:
        deposit(client, customer, account, "1.00").ok(201)
        return []

    monkeypatch.setattr(Hold, "all_of_account", moving)
    monkeypatch.setattr(verify_entries, "STILL_ATTEMPTS_MAX", 2)
    client.get(f"{PATH}?account_id={account['id']}", token=auditor.token).refused(503, "unavailable")


def test_an_account_taken_off_the_list_of_all_is_verified_all_the_same(
    client: Api, auditor: User, account: Json
) -> None:
    bank_table().update_item(Key=key(account), UpdateExpression="REMOVE gsi2pk SET balance = balance + :one",
                             ExpressionAttributeValues={":one": 1})  # fmt: skip
    broken = client.get(PATH, token=auditor.token).ok()["broken"]
    assert (broken["where"], broken["expected"], broken["found"]) == (f"{account['id']}: balance", "10000", "10001")


def test_an_account_that_is_gone_is_named(client: Api, auditor: User, account: Json) -> None:
    bank_table().delete_item(Key=key(account))
    verdict = client.get(PATH, token=auditor.token).ok()
    assert verdict["broken"] == {"where": account["id"], "expected": "an account", "found": "nothing"}
    assert verdict["ok"] is False
