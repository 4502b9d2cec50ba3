"""Reversals: the linked opposite, once, by staff."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.api.helpers.accounts import (
    closed,
    deposit,
    frozen,
    history,
    new_key,
    opened,
    read,
    reverse,
    transfer,
    withdraw,
)
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.risk import held_by_hand


@pytest.mark.parametrize("role", ["teller", "manager", "admin"])
def test_a_transfer_is_reversed(
    client: Api,
    customer: User,
    other_customer: User,
    admin: User,
    new_staff: Callable[[str], User],
    role: str,
) -> None:
    staff = admin if role == "admin" else new_staff(role)
    payer, payee = opened(client, customer, "100.00"), opened(client, other_customer)
    made = transfer(client, customer, payer, payee, "40.00").ok(201)
    reversal = reverse(client, staff, made).ok(201)
    expected = {"type": "reversal", "status": "posted", "amount": "40.00", "reverses": made["id"]}
    expected |= {"from_account_id": payee["id"], "to_account_id": payer["id"], "reversed_by": None}
    assert {name: reversal[name] for name in expected} == expected
    original = client.get(f"/v1/transactions/{made['id']}", token=customer.token).ok()
    assert original == made | {"reversed_by": reversal["id"], "pending_approvals": None}
    assert read(client, customer, payer)["balance"] == "100.00"
    assert read(client, other_customer, payee)["balance"] == "0.00"
    types = [line["type"] for line in history(client, customer, payer)["data"]]
    assert types == ["reversal", "transfer", "deposit"], "history is never rewritten"


def test_cash_is_reversed_with_its_branch(client: Api, customer: User, teller: User) -> None:
    account = opened(client, customer)
    reverse(client, teller, deposit(client, customer, account, "10.00").ok(201)).ok(201)
    assert read(client, customer, account)["balance"] == "0.00"
    deposit(client, customer, account, "10.00").ok(201)
    reverse(client, teller, withdraw(client, customer, account, "10.00").ok(201)).ok(201)
    assert read(client, customer, account)["balance"] == "10.00"
    assert sum(item["balance"] for item in items(type="account")) == 0


def test_a_transaction_is_reversed_once_and_a_reversal_never(client: Api, customer: User, teller: User) -> None:
    made = deposit(client, customer, opened(client, customer, "10.00"), "10.00").ok(201)
    reversal = reverse(client, teller, made).ok(201)
    before = items(type="transaction")
    reverse(client, teller, made).refused(409, "conflict")
    reverse(client, teller, reversal).refused(409, "conflict")
    assert items(type="transaction") == before


def test_what_was_refused_is_not_reversed(client: Api, customer: User, teller: User) -> None:
    refused = withdraw(client, customer, opened(client, customer), "1.00").refused(422, "insufficient_funds")
    reverse(client, teller, {"id": refused.json["transaction_id"]}).refused(409, "conflict")


def test_a_repeated_reversal_is_answered_as_it_was(client: Api, customer: User, teller: User, manager: User) -> None:
    account, key = opened(client, customer, "10.00"), new_key()
    made = deposit(client, customer, account, "10.00").ok(201)
    first = reverse(client, teller, made, key=key)
    again = reverse(client, teller, made, key=key)
    assert (again.ok(201), again.headers["Idempotent-Replayed"]) == (first.ok(201), "true")
    reverse(client, teller, made, key=key, reason="another").refused(409, "idempotency_key_reused")
    other = deposit(client, customer, account, "10.00").ok(201)
    reverse(client, teller, other, key=key).refused(409, "idempotency_key_reused")
    deposit(client, teller, account, "10.00", key=key).refused(409, "idempotency_key_reused")
    reverse(client, manager, other, key=key).ok(201)
    assert read(client, customer, account)["balance"] == "10.00"


def test_what_is_spent_is_reversed_by_managers_only(client: Api, customer: User, teller: User, manager: User) -> None:
    account, key = opened(client, customer), new_key()
    made = deposit(client, customer, account, "10.00").ok(201)
    withdraw(client, customer, account, "7.00").ok(201)
    reverse(client, teller, made, key=key).refused(422, "insufficient_funds")
    again = reverse(client, teller, made, key=key).refused(422, "insufficient_funds")
    assert again.headers["Idempotent-Replayed"] == "true"
    reverse(client, manager, made).refused(422, "insufficient_funds")
    reverse(client, teller, made, allow_overdrawn=True).refused(403, "forbidden")
    assert client.get(f"/v1/transactions/{made['id']}", token=teller.token).ok()["reversed_by"] is None
    reverse(client, manager, made, allow_overdrawn=True).ok(201)
    assert read(client, customer, account)["balance"] == "-7.00"


def test_limits_do_not_bind_a_reversal(
    client: Api, customer: User, teller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = opened(client, customer)
    made = deposit(client, customer, account, "10.00").ok(201)
    monkeypatch.setenv("TRANSACTION_LIMIT", "1")
    monkeypatch.setenv("DAILY_LIMIT", "1")
    reverse(client, teller, made).ok(201)


def test_a_reversal_on_the_same_day_gives_back_its_share_of_the_limit(
    client: Api, customer: User, other_customer: User, teller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAILY_LIMIT", "100")
    payer, payee = opened(client, customer, "100.00"), opened(client, other_customer)
    deposit(client, customer, payer, "100.00").ok(201)
    made = [
        transfer(client, customer, payer, payee, "60.00").ok(201),
        withdraw(client, customer, payer, "40.00").ok(201),
    ]
    withdraw(client, customer, payer, "0.01").refused(422, "limit_exceeded")
    reverse(client, teller, made[0]).ok(201)
    withdraw(client, customer, payer, "60.01").refused(422, "limit_exceeded")
    withdraw(client, customer, payer, "60.00").ok(201)
    reverse(client, teller, made[0]).refused(409, "conflict")
    reverse(client, teller, made[1]).ok(201)
    transfer(client, customer, payer, payee, "40.01").refused(422, "limit_exceeded")
    transfer(client, customer, payer, payee, "40.00").ok(201)


def test_a_reversal_on_another_day_gives_back_nothing(
    client: Api, log_in: Callable[[str], User], customer: User, teller: User, at_time: Callable[[timedelta], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("DAILY_LIMIT", "100")
    account = opened(client, customer, "100.00")
    deposit(client, customer, account, "100.00").ok(201)
    made = withdraw(client, customer, account, "60.00").ok(201)
    at_time(timedelta(days=1))
    customer, teller = log_in(customer.email), log_in(teller.email)
    withdraw(client, customer, account, "70.00").ok(201)
    reverse(client, teller, made).ok(201)
    withdraw(client, customer, account, "30.01").refused(422, "limit_exceeded")
    withdraw(client, customer, account, "30.00").ok(201)


def test_a_reversed_deposit_and_an_approved_payment_count_as_they_should(
    client: Api, customer: User, other_customer: User, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deposit never counted, so that its reversal gives nothing back; what was held counted when it was held."""
    monkeypatch.setenv("DAILY_LIMIT", "100")
    payer, payee = opened(client, customer, "100.00"), opened(client, other_customer)
    paid_in = deposit(client, customer, payer, "100.00").ok(201)
    held = held_by_hand(customer, payer, payee, "100.00")
    client.post(f"/v1/transactions/{held}/approve", token=manager.token, key=new_key()).ok()
    reverse(client, manager, paid_in).ok(201)
    deposit(client, customer, payer, "100.00").ok(201)
    withdraw(client, customer, payer, "0.01").refused(422, "limit_exceeded")
    reverse(client, manager, {"id": held}).ok(201)
    withdraw(client, customer, payer, "100.00").ok(201)


def test_status_binds_a_reversal(client: Api, customer: User, teller: User) -> None:
    cold, gone = opened(client, customer), opened(client, customer)
    paid_in = deposit(client, customer, cold, "10.00").ok(201)
    deposit(client, customer, gone, "10.00").ok(201)
    paid_out = withdraw(client, customer, gone, "10.00").ok(201)
    frozen(client, teller, cold)
    closed(client, customer, gone)
    reverse(client, teller, paid_in).refused(422, "account_frozen")
    reverse(client, teller, paid_out).refused(422, "account_closed")


def test_customers_and_auditors_reverse_nothing(client: Api, customer: User, auditor: User) -> None:
    made = deposit(client, customer, opened(client, customer), "10.00").ok(201)
    for user in (customer, auditor):
        reverse(client, user, made).refused(403, "forbidden")


@pytest.mark.parametrize("unknown", ["txn_01ARZ3NDEKTSV4RRFFQ69G5FAV", "txn_x", "acc_01ARZ3NDEKTSV4RRFFQ69G5FAV"])
def test_unknown_transactions_are_not_found(client: Api, teller: User, unknown: str) -> None:
    reverse(client, teller, {"id": unknown}).refused(404, "not_found")


def test_an_opening_key_is_no_transaction(client: Api, customer: User, teller: User) -> None:
    client.post("/v1/accounts", {"type": "current"}, token=customer.token, key="opening").ok(201)
    [record] = items(type="key")
    for user in (customer, teller):
        client.get(f"/v1/transactions/{record['id']}", token=user.token).refused(404, "not_found")
        client.patch(f"/v1/transactions/{record['id']}", {"memo": "x"}, token=user.token).refused(404, "not_found")
    reverse(client, teller, {"id": record["id"]}).refused(404, "not_found")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["reason"]),
        ({"reason": ""}, ["reason"]),
        ({"reason": "x" * 201}, ["reason"]),
        ({"reason": "x", "allow_overdrawn": "yes"}, ["allow_overdrawn"]),
        ({"reason": "x", "amount": "1.00"}, ["amount"]),
    ],
)
def test_a_reversal_has_a_reason(client: Api, customer: User, teller: User, body: Json, fields: list[str]) -> None:
    made = deposit(client, customer, opened(client, customer), "10.00").ok(201)
    path = f"/v1/transactions/{made['id']}/reverse"
    reply = client.post(path, body, token=teller.token, key=new_key()).refused(422, "validation_failed")
    assert reply.wrong_fields == fields
    client.post(path, {"reason": "x"}, token=teller.token).refused(400, "idempotency_key_missing")
