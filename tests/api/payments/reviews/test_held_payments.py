"""Payments that wait for a review: what is set aside, and where they are seen."""

from datetime import timedelta

import pytest

from chalicelib.domain.time import moment
from tests.api.helpers.accounts import balance, history, new_key, opened, withdraw
from tests.api.helpers.accounts import transfer as pay
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.reviews import LARGE, current, decide, money
from tests.api.helpers.risk import alerts, set_rule
from tests.api.helpers.stream import Stream


def test_a_payment_that_is_to_be_reviewed_waits_and_its_money_is_set_aside(
    client: Api, customer: User, other_customer: User, manager: User, account: Json, payee: Json, stream: Stream
) -> None:
    key = new_key()
    made = pay(client, customer, account, payee, LARGE, key=key, category="car").ok(202)
    assert made.items() >= {
        "status": "pending", "amount": LARGE, "entries": [], "posted_at": None, "failure": None, "category": "car",
    }.items()  # fmt: skip
    assert made["waiting"]["code"] == "risk_review"
    assert moment(made["waiting"]["until"]) - moment(made["created_at"]) == pytest.approx(
        timedelta(hours=72), abs=timedelta(seconds=5)
    )
    again = pay(client, customer, account, payee, LARGE, key=key, category="car")
    assert (again.ok(202), again.headers["Idempotent-Replayed"]) == (made, "true")
    assert money(client, customer, account) == ("3000.00", LARGE, "500.00")
    withdraw(client, customer, account, "500.01").refused(422, "insufficient_funds")
    assert balance(payee) == 0
    assert current(client, customer, made) == made | {"pending_approvals": None}
    assert current(client, other_customer, made)["waiting"] is None
    stream.let_follow()
    [alert] = alerts(client, manager)
    assert alert.items() >= {
        "transaction_id": made["id"], "account_id": account["id"], "severity": "high", "declined": False,
        "held_for_review": True,
    }.items()  # fmt: skip


def test_what_waits_is_on_the_lists_and_in_no_history(
    client: Api, customer: User, auditor: User, account: Json, held: Json
) -> None:
    for user in (customer, auditor):
        for path in ("/v1/transactions", "/v1/reports/transactions"):
            [listed] = client.get(f"{path}?status=pending", token=user.token).ok()["data"]
            assert listed["id"] == held["id"]
    assert len(history(client, customer, account)["data"]) == 1


def test_an_account_with_something_waiting_is_not_closed(
    client: Api, customer: User, teller: User, manager: User, account: Json, held: Json
) -> None:
    withdraw(client, customer, account, "500.00").ok(201)
    client.delete(f"/v1/accounts/{account['id']}", token=customer.token).refused(422, "account_not_empty")
    decide(client, manager, held, "approve").ok()
    client.delete(f"/v1/accounts/{account['id']}", token=customer.token).ok()


def test_what_is_declined_does_not_wait(
    client: Api, customer: User, other_customer: User, manager: User, account: Json, payee: Json, stream: Stream
) -> None:
    pay(client, customer, account, payee, "10.00").ok(201)
    stream.let_follow()
    set_rule(client, manager, "velocity_sum", action="decline", in_hour_units=1000, in_day_units=1000)
    somebody_new = opened(client, other_customer)
    refused = pay(client, customer, account, somebody_new, LARGE).refused(422, "risk_declined")
    assert money(client, customer, account) == ("2990.00", "0.00", "2990.00")
    decide(client, manager, {"id": refused.json["transaction_id"]}, "approve").refused(409, "conflict")
