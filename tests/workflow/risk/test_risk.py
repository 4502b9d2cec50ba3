"""Risk on the deployed bank: a burst is told within seconds, and what must be stopped waits until somebody decides."""

import json
from dataclasses import replace
from functools import partial

import pytest

from chalicelib import clock, config
from chalicelib.domain import ids
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.risk import profile
from chalicelib.services.payments import transfer_steps
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.transfer_request import TransferRequest
from tests.stack import Stack, eventually
from tests.workflow.bank import Client, Json, Reply, at_once, new_key, register, until_known

PAYMENTS = 9
QUIET_DAYS = 200


@pytest.fixture
def payee(stack: Stack) -> Json:
    return register(stack.url).open_account()


def alerts(auditor: Client, account: Json) -> list[Json]:
    return list(auditor.get(f"/v1/reports/risk?account_id={account['id']}").body["data"])


def test_a_burst_of_transfers_raises_an_alert_within_seconds(auditor: Client, customer: Client, payee: Json) -> None:
    account = customer.open_account(initial_deposit="9000.00")

    def pay(key: str) -> Reply:
        return until_known(lambda: customer.transfer(account["id"], payee["id"], "600.00", key=key))

    paid = at_once([partial(pay, new_key()) for _ in range(PAYMENTS)], 2)
    assert {reply.status for reply in paid} == {201}, paid

    def burst() -> list[Json]:
        told = alerts(auditor, account)
        return told if "velocity_count" in {reason["code"] for one in told for reason in one["reasons"]} else []

    told = eventually(burst)
    assert {alert["transaction_id"] for alert in told} <= {reply.body["id"] for reply in paid}


@pytest.fixture
def waking(customer: Client, at_the_tables: None) -> Json:
    """An account that has been still for long, as its profile says."""
    account = customer.open_account(initial_deposit="1000.00")
    existing = eventually(lambda: followed(account))
    assert existing
    days = {day - QUIET_DAYS: figures for day, figures in existing.folded.days.items()}
    assert profile.store(existing, replace(existing.folded, days=days, recent=()), timestamp(clock.now()))
    return account


def test_a_transfer_waits_for_a_review_and_is_decided_once(
    auditor: Client, manager: Client, admin: Client, customer: Client, waking: Json, payee: Json
) -> None:
    held = customer.transfer(waking["id"], payee["id"], "700.00")
    assert (held.status, held.body["status"], held.body["waiting"]["code"]) == (202, "pending", "risk_review")
    assert customer.get(f"/v1/accounts/{waking['id']}").body["available"] == "300.00"
    [alert] = eventually(lambda: alerts(auditor, waking))
    assert (alert["held_for_review"], alert["severity"], alert["transaction_id"]) == (True, "high", held.body["id"])
    path = f"/v1/transactions/{held.body['id']}"
    deciding = [
        partial(who.post, f"{path}/{how}", body)
        for who in (manager, admin)
        for how, body in (("approve", None), ("reject", {"reason": "r"}), ("approve", None))
    ]
    decided = at_once(deciding, len(deciding))
    assert sorted(reply.status for reply in decided) == [200] + [409] * (len(deciding) - 1)
    [status] = [reply.body["status"] for reply in decided if reply.status == 200]
    money = {"posted": ("300.00", "0.00", "300.00"), "voided": ("1000.00", "0.00", "1000.00")}
    found = customer.get(f"/v1/accounts/{waking['id']}").body
    assert (found["balance"], found["held"], found["available"]) == money[status]
    assert customer.get(path).body["status"] == status


def test_what_nobody_decides_expires_by_schedule(
    stack: Stack, customer: Client, waking: Json, payee: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function runs as the schedule runs it, with its own rights, when the time for a review is over."""
    monkeypatch.setattr(config, "risk_review_hours", lambda: 0)
    held = ask_for_review(customer, waking, payee, "700.00")
    assert customer.get(f"/v1/accounts/{waking['id']}").body["available"] == "300.00"
    tick = {"version": "0", "detail": {}, "resources": []}
    told = dict.fromkeys(("account", "detail-type", "id", "region", "source", "time"), "the schedule")
    answer = stack.client("lambda").invoke(
        FunctionName=f"florin-{stack.stage}-expire-holds", Payload=json.dumps(told | tick)
    )
    assert json.loads(answer["Payload"].read()) == {"expired": 1, "voided": 0, "approvals": 0}
    assert customer.get(f"/v1/transactions/{held}").body["status"] == "expired"
    assert customer.get(f"/v1/accounts/{waking['id']}").body["available"] == "1000.00"


def test_a_transfer_is_declined_before_it_is_posted(
    stack: Stack, auditor: Client, manager: Client, customer: Client, waking: Json, payee: Json
) -> None:
    told = manager.get("/v1/risk-thresholds").body
    body = {name: told[name] for name in ("rules", "severities", "unit_weights")}
    declining = body["rules"] | {"dormant_waking": body["rules"]["dormant_waking"] | {"action": "decline"}}
    try:
        assert manager.call("PUT", "/v1/risk-thresholds", body | {"rules": declining}).status == 200
        with stack.configured("transfer-task", REFERENCE_CACHE_SECONDS="0"):
            refused = customer.transfer(waking["id"], payee["id"], "700.00")
    finally:
        manager.call("PUT", "/v1/risk-thresholds", body)
    assert (refused.status, refused.code) == (422, "risk_declined")
    assert customer.balance(waking["id"]) == "1000.00"
    [alert] = eventually(lambda: alerts(auditor, waking))
    assert (alert["declined"], alert["held_for_review"], alert["severity"]) == (True, False, "high")
    assert alert["transaction_id"] == refused.body["transaction_id"]


def followed(account: Json) -> profile.StoredProfile | None:
    """The account's profile, as soon as there is one."""
    [existing] = profile.read([account["id"]], consistent=True).values()
    return existing if existing.version else None


def ask_for_review(customer: Client, payer: Json, payee: Json, amount: str) -> str:
    """Hold a transfer for as long as this process says; its id."""
    user_id = customer.user["user_id"]
    caller = Caller(user_id, "customer", "request-1", payer["customer_id"])
    idempotency_key = IdempotencyKey(ids.transaction_id(user_id, new_key()), "fingerprint")
    request = TransferRequest(payer["id"], payee["id"], amount, None, Annotations(), caller, idempotency_key)
    assert transfer_steps.hold(request)["status"] == "decided"
    return idempotency_key.transaction_id
