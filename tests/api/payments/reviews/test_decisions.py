"""Payments that are approved or rejected: by whom, once, and with which effects."""

from typing import Any

from tests.api.helpers.accounts import balance, withdraw
from tests.api.helpers.accounts import transfer as pay
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.reviews import LARGE, current, decide, money
from tests.api.helpers.risk import alerts
from tests.api.helpers.stream import Stream


def test_once_approved_it_is_posted_counted_and_told_no_second_time(
    client: Api, customer: User, manager: User, auditor: User, account: Json, payee: Json, stream: Stream
) -> None:
    held = pay(client, customer, account, payee, LARGE, category="car").ok(202)
    stream.let_follow()
    [raised] = alerts(client, manager)
    posted = decide(client, manager, held, "approve", key="k").ok()
    assert posted.items() >= {"status": "posted", "waiting": None, "category": "car"}.items()
    assert {entry["account_id"]: entry["amount"] for entry in posted["entries"]} == {
        account["id"]: f"-{LARGE}", payee["id"]: LARGE,
    }  # fmt: skip
    assert money(client, customer, account) == ("500.00", "0.00", "500.00")
    stream.let_follow()
    assert alerts(client, manager) == [raised]
    [line] = client.get("/v1/reports/summary?category=car", token=customer.token).ok()["totals"]
    assert (line["type"], line["count"], line["total_out"]) == ("transfer", 1, LARGE)
    assert client.get("/v1/audit/verify", token=auditor.token).ok()["ok"] is True


def test_a_decision_is_made_once_under_its_key(
    client: Api, customer: User, manager: User, admin: User, account: Json, payee: Json, held: Json
) -> None:
    decide(client, manager, held, "approve", key="k").ok()
    again = decide(client, manager, held, "approve", key="k")
    assert (again.ok()["status"], again.headers["Idempotent-Replayed"]) == ("posted", "true")
    decide(client, manager, held, "reject", key="k").refused(409, "idempotency_key_reused")
    for user, how in ((manager, "approve"), (admin, "approve"), (admin, "reject")):
        decide(client, user, held, how).refused(409, "conflict")
    assert balance(payee) == 250_000
    other = pay(client, customer, account, payee, "1.00").ok(201)
    decide(client, manager, other, "approve").refused(409, "conflict")
    client.post(f"/v1/transactions/{held['id']}/approve", token=manager.token).refused(400, "idempotency_key_missing")


def test_once_rejected_its_money_is_available_again_and_the_reason_stays_inside(
    client: Api, customer: User, manager: User, admin: User, account: Json, payee: Json, held: Json, stream: Stream
) -> None:
    voided = decide(client, manager, held, "reject", reason="Ada was talked into it.").ok()
    assert voided.items() >= {"status": "voided", "waiting": None, "entries": []}.items()
    assert "talked" not in str(current(client, customer, held))
    assert money(client, customer, account) == ("3000.00", "0.00", "3000.00")
    decide(client, manager, held, "approve").refused(409, "conflict")
    stream.deliver()
    [decided, _] = client.get(f"/v1/audit?entity={held['id']}", token=admin.token).ok()["data"]
    assert (decided["event"], decided["actor"]) == ("transaction.voided", manager.user_id)
    assert decided["after"]["reason"] == "Ada was talked into it."
    assert [item["status"] for item in items(type="hold")] == ["released"]
    assert not any("gsi1pk" in item for item in items(type="hold"))


def test_a_rejection_needs_no_key_and_gives_back_the_day_s_limit(
    client: Api, customer: User, manager: User, account: Json, payee: Json, held: Json, monkeypatch: Any
) -> None:
    monkeypatch.setenv("DAILY_LIMIT", "2600")
    withdraw(client, customer, account, "200.00").refused(422, "limit_exceeded")
    body = {"reason": "r"}
    client.post(f"/v1/transactions/{held['id']}/reject", body, token=manager.token).ok()
    withdraw(client, customer, account, "200.00").ok(201)


def test_who_may_decide(
    client: Api, customer: User, other_customer: User, teller: User, auditor: User, manager: User, held: Json
) -> None:
    for user in (customer, other_customer, teller, auditor):
        for how in ("approve", "reject"):
            decide(client, user, held, how).refused(403, "forbidden")
    for how in ("approve", "reject"):
        for unknown in ("txn_x", f"txn_{'0' * 26}", "acc_1"):
            decide(client, manager, {"id": unknown}, how).refused(404, "not_found")
    assert current(client, customer, held)["status"] == "pending"


def test_nobody_decides_about_a_payment_of_their_own(
    client: Api, manager: User, admin: User, account: Json, payee: Json
) -> None:
    """Nor about one that they made for a customer."""
    own = pay(client, manager, account, payee, LARGE).ok(202)
    for how in ("approve", "reject"):
        decide(client, manager, own, how).refused(403, "forbidden")
    decide(client, admin, own, "approve").ok()
