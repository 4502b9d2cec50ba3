"""Approvals that are refused on the terms of the moment: the payment keeps waiting."""

from typing import Any

import pytest

from tests.api.helpers.accounts import balance, deposit, opened, reverse
from tests.api.helpers.accounts import transfer as pay
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.reviews import LARGE, current, decide, money
from tests.api.helpers.stream import Stream


def test_a_frozen_payer_leaves_it_waiting(
    client: Api, customer: User, teller: User, manager: User, account: Json, held: Json
) -> None:
    client.post(f"/v1/accounts/{account['id']}/freeze", {"reason": "r"}, token=teller.token).ok()
    decide(client, manager, held, "approve").refused(422, "account_frozen")
    assert current(client, customer, held)["status"] == "pending"
    client.post(f"/v1/accounts/{account['id']}/unfreeze", {"reason": "r"}, token=teller.token).ok()
    decide(client, manager, held, "approve").ok()


def test_money_that_is_not_there_any_more_leaves_it_waiting(
    client: Api, customer: User, manager: User, payee: Json, account: Json, stream: Stream
) -> None:
    poor = opened(client, customer)
    paid_in = deposit(client, customer, poor, LARGE).ok(201)
    held = pay(client, customer, poor, payee, LARGE).ok(202)
    reverse(client, manager, paid_in).refused(422, "insufficient_funds")
    reverse(client, manager, paid_in, allow_overdrawn=True).ok(201)
    assert money(client, customer, poor) == ("0.00", LARGE, f"-{LARGE}")
    decide(client, manager, held, "approve").refused(422, "insufficient_funds")
    assert current(client, customer, held)["status"] == "pending"
    assert (balance(poor), balance(payee)) == (0, 0)
    deposit(client, customer, poor, LARGE).ok(201)
    decide(client, manager, held, "approve").ok()


def test_an_overdraft_that_was_withdrawn_leaves_it_waiting(
    client: Api, customer: User, manager: User, payee: Json, account: Json
) -> None:
    poor = opened(client, customer)
    path = f"/v1/accounts/{poor['id']}"
    client.patch(path, {"overdraft_limit": LARGE}, token=manager.token).ok()
    held = pay(client, customer, poor, payee, LARGE).ok(202)
    client.patch(path, {"overdraft_limit": "0.00"}, token=manager.token).ok()
    decide(client, manager, held, "approve").refused(422, "insufficient_funds")
    assert (current(client, customer, held)["status"], balance(payee)) == ("pending", 0)


@pytest.mark.parametrize("limit", ["TRANSACTION_LIMIT", "DAILY_LIMIT"])
def test_a_limit_that_was_lowered_leaves_it_waiting(
    client: Api, customer: User, manager: User, held: Json, limit: str, monkeypatch: Any
) -> None:
    monkeypatch.setenv(limit, "2499")
    decide(client, manager, held, "approve").refused(422, "limit_exceeded")
    assert current(client, customer, held)["status"] == "pending"
    monkeypatch.setenv(limit, "2500")
    decide(client, manager, held, "approve").ok()
