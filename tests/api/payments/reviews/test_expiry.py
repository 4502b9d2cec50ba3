"""Payments that nobody decides in time."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import Conflict, Contention
from chalicelib.domain.permissions import Caller
from chalicelib.models.ledger import ledger
from tests.api.helpers.accounts import balance, opened, withdraw
from tests.api.helpers.accounts import transfer as pay
from tests.api.helpers.bank import Api, AtTime, Json, Reply, User, items
from tests.api.helpers.reviews import LARGE, current, decide, expired, money


def test_what_nobody_decides_expires(
    client: Api, log_in: Any, customer: User, manager: User, account: Json, held: Json, at_time: AtTime
) -> None:
    assert expired() == 0
    at_time(timedelta(hours=73))
    assert expired() == 1
    assert expired() == 0
    customer, manager = log_in(customer.email), log_in(manager.email)
    assert current(client, customer, held)["status"] == "expired"
    assert money(client, customer, account) == ("3000.00", "0.00", "3000.00")
    decide(client, manager, held, "approve").refused(409, "conflict")


def test_what_is_in_the_way_of_one_expiry_keeps_no_other_waiting(
    client: Api, customer: User, account: Json, payee: Json, held: Json, at_time: AtTime, monkeypatch: Any
) -> None:
    other = opened(client, customer, "3000.00")
    pay(client, customer, other, payee, LARGE).ok(202)
    at_time(timedelta(hours=73))
    expire = ledger.expire

    def stubborn(transaction_id: str, caller: Caller) -> Any:
        if transaction_id == held["id"]:
            raise Conflict("decided") if is_decided else Contention("not now")
        return expire(transaction_id, caller)

    is_decided = False
    monkeypatch.setattr(ledger, "expire", stubborn)
    with pytest.raises(ExceptionGroup):
        expired()
    assert sorted(item["status"] for item in items(type="hold")) == ["active", "released"]
    is_decided = True
    assert expired() == 0


@pytest.mark.parametrize("how", ["approve", "reject", "cancel"])
def test_nothing_is_decided_after_the_end(
    client: Api, log_in: Any, customer: User, manager: User, account: Json, held: Json, how: str, at_time: AtTime
) -> None:
    """Before the sweep has come."""
    at_time(timedelta(hours=72, minutes=1))
    customer, manager = log_in(customer.email), log_in(manager.email)
    decide(client, customer if how == "cancel" else manager, held, how).refused(409, "conflict")
    assert current(client, customer, held)["status"] == "expired"
    assert money(client, customer, account) == ("3000.00", "0.00", "3000.00")
    assert (balance({"id": held["to_account_id"]}), expired()) == (0, 0)


@pytest.mark.parametrize("how", ["transfer", "withdrawal"])
def test_overdue_hold_stands_in_the_way_of_no_payment(
    client: Api, log_in: Any, customer: User, account: Json, payee: Json, held: Json, how: str, at_time: AtTime
) -> None:
    """2,500.00 of 3,000.00 are held; the sweep has not come."""

    def spend(user: User) -> Reply:
        if how == "transfer":
            return pay(client, user, account, payee, "600.00")
        return withdraw(client, user, account, "600.00")

    at_time(timedelta(hours=71, minutes=58))
    customer = log_in(customer.email)
    spend(customer).refused(422, "insufficient_funds")
    at_time(timedelta(hours=72, minutes=1))
    customer = log_in(customer.email)
    spend(customer).ok(201)
    assert current(client, customer, held)["status"] == "expired"
    assert money(client, customer, account) == ("2400.00", "0.00", "2400.00")
    assert expired() == 0


def test_payment_larger_than_all_money_expires_the_hold_once(
    client: Api, log_in: Any, customer: User, account: Json, payee: Json, held: Json, at_time: AtTime
) -> None:
    at_time(timedelta(hours=73))
    customer = log_in(customer.email)
    refusal = pay(client, customer, account, payee, "3000.01").refused(422, "insufficient_funds")
    assert refusal.json["available"] == "3000.00"
    assert current(client, customer, held)["status"] == "expired"
