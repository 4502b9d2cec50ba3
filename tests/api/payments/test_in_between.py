"""Somebody else acts between a request's reading and its writing: the answer is that of one after the other."""

from functools import partial

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
from tests.api.helpers.race import just_before

WRITING = "TransactWriteItems"


def test_the_same_request_twice_at_once_moves_money_once(client: Api, customer: User) -> None:
    account, other, key = opened(client, customer, "10.00"), opened(client, customer), new_key()
    requests = [
        partial(deposit, client, customer, account, "1.00", key=key),
        partial(withdraw, client, customer, account, "1.00", key=f"{key}w"),
        partial(transfer, client, customer, account, other, "1.00", key=f"{key}t"),
    ]
    for request in requests:
        with just_before(WRITING, request):
            second = request()
        assert (second.ok(201), second.headers["Idempotent-Replayed"]) == (request().ok(201), "true")
    assert len(history(client, customer, account)["data"]) == 4
    assert read(client, customer, account)["balance"] == "9.00"


def test_another_request_under_the_key_wins(client: Api, customer: User) -> None:
    account, key = opened(client, customer, "10.00"), new_key()
    with just_before(WRITING, lambda: deposit(client, customer, account, "2.00", key=key).ok(201)):
        deposit(client, customer, account, "1.00", key=key).refused(409, "idempotency_key_reused")
    opening = {"type": "savings"}
    key = new_key()
    with just_before(WRITING, lambda: deposit(client, customer, account, "2.00", key=key).ok(201)):
        reply = client.post("/v1/accounts", opening, token=customer.token, key=key)
    reply.refused(409, "idempotency_key_reused")
    assert read(client, customer, account)["balance"] == "14.00"


@pytest.mark.parametrize("money", [{}, {"initial_deposit": "5.00"}])
def test_the_same_opening_twice_at_once_opens_one_account(client: Api, customer: User, money: Json) -> None:
    body: Json = {"type": "savings", "pin": "8371", **money}
    request = partial(client.post, "/v1/accounts", body, token=customer.token, key="both")
    with just_before(WRITING, lambda: request().ok(201)):
        second = request()
    assert (second.headers["Idempotent-Replayed"], second.ok(201)) == ("true", request().ok(201))
    assert len(items(type="account", customer_id=customer.customer_id)) == 1
    assert len(items(type="pin")) == 1


def test_money_is_spent_once(client: Api, customer: User) -> None:
    account, other = opened(client, customer, "10.00"), opened(client, customer)
    with just_before(WRITING, lambda: withdraw(client, customer, account, "6.00").ok(201)):
        withdraw(client, customer, account, "6.00").refused(422, "insufficient_funds")
    with just_before(WRITING, lambda: withdraw(client, customer, account, "4.00").ok(201)):
        transfer(client, customer, account, other, "4.00").refused(422, "insufficient_funds")
    assert read(client, customer, account)["balance"] == "0.00"


def test_an_account_closes_empty_and_stays_so(client: Api, customer: User) -> None:
    account, other = opened(client, customer), opened(client, customer)
    with just_before(WRITING, lambda: deposit(client, customer, account, "1.00").ok(201)):
        client.delete(f"/v1/accounts/{account['id']}", token=customer.token).refused(422, "account_not_empty")
    with just_before(WRITING, lambda: closed(client, customer, other)):
        deposit(client, customer, other, "1.00").refused(422, "account_closed")
    with just_before(WRITING, lambda: withdraw(client, customer, account, "1.00").ok(201)):
        withdraw(client, customer, account, "1.00").refused(422, "insufficient_funds")
    assert closed(client, customer, account)["balance"] == "0.00"


def test_a_freeze_stops_what_has_not_been_written(client: Api, customer: User, teller: User) -> None:
    account = opened(client, customer, "10.00")
    with just_before(WRITING, lambda: frozen(client, teller, account)):
        withdraw(client, customer, account, "1.00").refused(422, "account_frozen")


def test_the_same_freeze_twice_at_once_freezes_once(client: Api, customer: User, teller: User, manager: User) -> None:
    account = opened(client, customer)
    path, reason = f"/v1/accounts/{account['id']}/freeze", {"reason": "x"}
    request = partial(client.post, path, reason, token=teller.token, key="once")
    with just_before(WRITING, lambda: request().ok()):
        second = request()
    assert (second.ok()["version"], second.headers["Idempotent-Replayed"]) == (2, "true")
    client.post(f"/v1/accounts/{account['id']}/unfreeze", {"reason": "y"}, token=teller.token).ok()
    with just_before(WRITING, lambda: client.post(path, reason, token=manager.token).ok()):
        client.post(path, reason, token=teller.token).refused(409, "conflict")


def test_a_transaction_is_reversed_once(client: Api, customer: User, teller: User, manager: User) -> None:
    account = opened(client, customer, "10.00")
    made = deposit(client, customer, account, "5.00").ok(201)
    with just_before(WRITING, lambda: reverse(client, manager, made).ok(201)):
        reverse(client, teller, made).refused(409, "conflict")
    made = deposit(client, customer, account, "5.00").ok(201)
    key = new_key()
    with just_before(WRITING, lambda: reverse(client, teller, made, key=key).ok(201)):
        second = reverse(client, teller, made, key=key)
    assert (second.status, second.headers["Idempotent-Replayed"]) == (201, "true")
    assert read(client, customer, account)["balance"] == "10.00"


def test_a_label_is_not_lost(client: Api, customer: User) -> None:
    made = deposit(client, customer, opened(client, customer), "5.00").ok(201)
    path = f"/v1/transactions/{made['id']}"
    with just_before(WRITING, lambda: client.patch(path, {"category": "a"}, token=customer.token).ok()):
        client.patch(path, {"memo": "b"}, token=customer.token).ok()
    with just_before(WRITING, lambda: client.patch(path, {"tags": ["c"]}, token=customer.token).ok()):
        client.patch(path, {"memo": "d"}, token=customer.token).ok()
    found = client.get(path, token=customer.token).ok()
    assert (found["category"], found["memo"], found["tags"]) == ("a", "d", ["c"])


def test_an_edit_is_not_lost(client: Api, customer: User, teller: User) -> None:
    account = opened(client, customer)
    path = f"/v1/accounts/{account['id']}"
    with just_before(WRITING, lambda: client.patch(path, {"overdraft_limit": "5.00"}, token=teller.token).ok()):
        client.patch(path, {"nickname": "mine"}, token=customer.token).ok()
    found = read(client, customer, account)
    assert (found["overdraft_limit"], found["nickname"], found["version"]) == ("5.00", "mine", 3)


def test_a_pin_that_is_changed_in_between_is_no_longer_right(client: Api, customer: User) -> None:
    account = opened(client, customer, "5.00", pin="8371")
    path = f"/v1/accounts/{account['id']}/pin"

    def change() -> None:
        client.put(path, {"pin": "6294", "current_pin": "8371"}, token=customer.token).ok(204)

    with just_before(WRITING, change):
        reply = withdraw(client, customer, account, "1.00", pin="8371")
    assert reply.code in ("pin_incorrect", "pin_locked")
    withdraw(client, customer, account, "1.00", pin="6294").ok(201)
    assert read(client, customer, account)["balance"] == "4.00"
