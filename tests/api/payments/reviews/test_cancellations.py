"""Payments that are cancelled by the person who made them."""

from collections.abc import Callable
from typing import Any

from tests.api.helpers.accounts import withdraw
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.reviews import LARGE, current, decide, money
from tests.api.helpers.risk import held_by_hand


def test_who_made_a_payment_cancels_it(
    client: Api, customer: User, manager: User, account: Json, payee: Json, held: Json, monkeypatch: Any
) -> None:
    monkeypatch.setenv("DAILY_LIMIT", "2600")
    withdraw(client, customer, account, "200.00").refused(422, "limit_exceeded")
    first = decide(client, customer, held, "cancel", key="c")
    assert first.ok().items() >= {"status": "voided", "waiting": None, "entries": []}.items()
    again = decide(client, customer, held, "cancel", key="c")
    assert (again.ok(), again.headers["Idempotent-Replayed"]) == (first.ok(), "true")
    assert client.post(f"/v1/transactions/{held['id']}/cancel", token=customer.token).ok() == first.ok()
    assert money(client, customer, account) == ("3000.00", "0.00", "3000.00")
    for how in ("approve", "reject"):
        decide(client, manager, held, how).refused(409, "conflict")
    withdraw(client, customer, account, "200.00").ok(201)


def test_nobody_else_cancels_a_payment(
    client: Api, customer: User, other_customer: User, teller: User, auditor: User, manager: User, held: Json,
    new_customer: Callable[[], User],
) -> None:  # fmt: skip
    stranger, account = new_customer(), {"id": held["from_account_id"]}
    for user in (other_customer, teller, auditor, manager):
        decide(client, user, held, "cancel").refused(403, "forbidden")
    decide(client, stranger, held, "cancel").refused(404, "not_found")
    decide(client, customer, {"id": f"txn_{'0' * 26}"}, "cancel").refused(404, "not_found")
    assert current(client, customer, held)["status"] == "pending"
    posted = withdraw(client, customer, account, "1.00").ok(201)
    decide(client, customer, posted, "cancel").refused(409, "conflict")


def test_a_manager_cancels_what_it_has_asked_for(client: Api, manager: User, account: Json, payee: Json) -> None:
    own = {"id": held_by_hand(manager, account, payee, LARGE, "manager")}
    assert decide(client, manager, own, "cancel").ok()["status"] == "voided"
