"""PINs: set by the owner, asked for when money leaves, locked after five wrong ones, reset by staff, and never told."""

import io

import pytest

from tests.api.helpers.accounts import deposit, new_key, opened, read, transfer, withdraw
from tests.api.helpers.bank import Api, Json, Reply, User, items
from tests.words import words_of

UNKNOWN = "acc_01ARZ3NDEKTSV4RRFFQ69G5FAV"


def put(client: Api, user: User, account: Json, pin: object, current: object = None) -> Reply:
    body = {"pin": pin} | ({} if current is None else {"current_pin": current})
    return client.put(f"/v1/accounts/{account['id']}/pin", body, token=user.token)


def reset(client: Api, user: User, account: Json, key: str | None = None) -> Reply:
    return client.post(f"/v1/accounts/{account['id']}/pin/reset", token=user.token, key=key)


@pytest.fixture
def account(client: Api, customer: User) -> Json:
    """100.00 behind the PIN 4711."""
    return opened(client, customer, "100.00", pin="4711")


def test_a_pin_is_set_and_changed(client: Api, customer: User) -> None:
    account = opened(client, customer, "100.00")
    reply = put(client, customer, account, "8371")
    assert (reply.status, reply.text) == (204, "")
    put(client, customer, account, "6294").refused(422, "pin_required")
    put(client, customer, account, "6294", "4321").refused(422, "pin_incorrect")
    assert put(client, customer, account, "629405", "8371").status == 204
    withdraw(client, customer, account, "1.00", pin="8371").refused(422, "pin_incorrect")
    withdraw(client, customer, account, "1.00", pin="629405").ok(201)


def test_a_withdrawal_asks_for_the_pin(client: Api, customer: User, account: Json, teller: User) -> None:
    withdraw(client, customer, account, "1.00").refused(422, "pin_required")
    withdraw(client, teller, account, "1.00").refused(422, "pin_required")
    withdraw(client, customer, account, "1.00", pin="0000").refused(422, "pin_incorrect")
    withdraw(client, customer, account, "1.00", pin="4711").ok(201)
    withdraw(client, teller, account, "1.00", pin="4711").ok(201)
    assert read(client, customer, account)["balance"] == "98.00"
    deposit(client, customer, account, "1.00").ok(201)
    transfer(client, customer, account, opened(client, customer), "1.00", pin="4711").ok(201)


def test_an_account_without_a_pin_ignores_one(client: Api, customer: User) -> None:
    withdraw(client, customer, opened(client, customer, "1.00"), "1.00", pin="8371").ok(201)


def test_problems_of_pins_are_not_recorded(client: Api, customer: User, account: Json) -> None:
    key = new_key()
    before = items(type="transaction")
    withdraw(client, customer, account, "1.00", key=key).refused(422, "pin_required")
    withdraw(client, customer, account, "1.00", key=key, pin="0000").refused(422, "pin_incorrect")
    assert items(type="transaction") == before
    first = withdraw(client, customer, account, "1.00", key=key, pin="4711").ok(201)
    for given in ({}, {"pin": "0000"}, {"pin": "4711"}):
        again = withdraw(client, customer, account, "1.00", key=key, **given)
        assert (again.ok(201), again.headers["Idempotent-Replayed"]) == (first, "true"), "a PIN is no part of a request"


def test_five_wrong_ones_lock_until_staff_reset(client: Api, customer: User, account: Json, teller: User) -> None:
    for _ in range(5):
        withdraw(client, customer, account, "1.00", pin="0000").refused(422, "pin_incorrect")
    withdraw(client, customer, account, "1.00", pin="4711").refused(422, "pin_locked")
    put(client, customer, account, "8371", "4711").refused(422, "pin_locked")
    assert reset(client, teller, account).status == 204
    put(client, customer, account, "8371").ok(204)
    withdraw(client, customer, account, "1.00", pin="8371").ok(201)


def test_wrong_ones_count_wherever_they_are_tried_and_a_right_one_clears(
    client: Api, customer: User, account: Json
) -> None:
    for _ in range(2):
        for _ in range(2):
            withdraw(client, customer, account, "1.00", pin="0000").refused(422, "pin_incorrect")
            put(client, customer, account, "8371", "0000").refused(422, "pin_incorrect")
        withdraw(client, customer, account, "1.00", pin="4711").ok(201)
    for _ in range(5):
        put(client, customer, account, "8371", "0000").refused(422, "pin_incorrect")
    put(client, customer, account, "8371", "4711").refused(422, "pin_locked")


def test_no_guess_is_answered_by_the_balance(client: Api, customer: User, account: Json) -> None:
    """Whoever has no PIN learns nothing of what is there."""
    withdraw(client, customer, account, "999.00").refused(422, "pin_required")
    withdraw(client, customer, account, "999.00", pin="0000").refused(422, "pin_incorrect")
    withdraw(client, customer, account, "999.00", pin="4711").refused(422, "insufficient_funds")


def test_a_wrong_pin_is_named(client: Api, customer: User, account: Json) -> None:
    before = items()
    path = f"/v1/accounts/{account['id']}/pin"
    for pin in ("123", "1234567", "12a4", "", " 1234", "1234 ", "12.4", "１２３４", "-123", 1234, ["8371"]):
        for body, field in (({"pin": pin}, "pin"), ({"pin": "8371", "current_pin": pin}, "current_pin")):
            reply = client.put(path, body, token=customer.token).refused(422, "validation_failed")
            assert reply.wrong_fields == [field], pin
    assert items() == before


def test_a_pin_is_its_owners_affair(
    client: Api, customer: User, other_customer: User, account: Json, teller: User, auditor: User, admin: User
) -> None:
    before = items()
    put(client, other_customer, account, "8371", "4711").refused(404, "not_found")
    for user in (teller, admin, auditor):
        put(client, user, account, "8371", "4711").refused(403, "forbidden")
    for user in (customer, other_customer, auditor):
        reset(client, user, account).refused(403, "forbidden")
    for unknown in (UNKNOWN, "acc_x"):
        put(client, customer, {"id": unknown}, "8371").refused(404, "not_found")
        reset(client, teller, {"id": unknown}).refused(404, "not_found")
    assert items() == before


def test_a_repeated_reset_does_not_take_the_next_pin_away(
    client: Api, customer: User, account: Json, teller: User
) -> None:
    key = new_key()
    assert reset(client, teller, account, key).status == 204
    put(client, customer, account, "8371").ok(204)
    again = reset(client, teller, account, key)
    assert (again.status, again.headers["Idempotent-Replayed"]) == (204, "true")
    withdraw(client, customer, account, "1.00").refused(422, "pin_required")
    reset(client, teller, opened(client, customer), key).refused(409, "idempotency_key_reused")
    deposit(client, teller, account, "1.00", key=key).refused(409, "idempotency_key_reused")
    assert reset(client, teller, account, new_key()).status == 204
    withdraw(client, customer, account, "1.00").ok(201)


def test_resetting_what_is_not_there_changes_nothing(client: Api, customer: User, teller: User) -> None:
    account = opened(client, customer)
    before = items()
    assert reset(client, teller, account).status == 204
    assert items() == before


def test_a_pin_is_never_told_logged_or_kept(
    client: Api, customer: User, capfd: pytest.CaptureFixture[str], log: io.StringIO, teller: User
) -> None:
    pin, other = "804217", "750936"
    account = opened(client, customer, "100.00", pin=pin)
    replies = [
        withdraw(client, customer, account, "1.00", pin=pin),
        withdraw(client, customer, account, "1.00", pin=other),
        withdraw(client, customer, account, "1.001", pin=pin),
        withdraw(client, customer, account, "1.00", pin=pin + "0"),
        put(client, customer, account, other, pin),
        put(client, customer, account, pin + other, other),
        client.get(f"/v1/accounts/{account['id']}", token=teller.token),
    ]
    told = "".join(str(reply) for reply in replies) + log.getvalue() + "".join(capfd.readouterr()) + str(items())
    assert "transaction decided" in told
    assert not {pin, other, pin + "0", pin + other} & words_of(told)


@pytest.mark.parametrize("pin", ["0000", "1212", "1234", "210987", "1990", "1012", "901210"])
def test_a_pin_that_is_tried_first_is_not_set(client: Api, customer: User, account: Json, pin: str) -> None:
    client.patch("/v1/user/profile", {"date_of_birth": "1990-12-10"}, token=customer.token).ok()
    assert put(client, customer, account, pin, "4711").refused(422, "validation_failed").wrong_fields == ["pin"]
    body = {"type": "current", "pin": pin}
    reply = client.post("/v1/accounts", body, token=customer.token, key=new_key()).refused(422, "validation_failed")
    assert reply.wrong_fields == ["pin"]
    withdraw(client, customer, account, "1.00", pin="4711").ok(201)


def test_a_transfer_asks_for_the_pin_of_the_paying_account(
    client: Api, customer: User, other_customer: User, teller: User
) -> None:
    pin = "804217"
    account, payee = opened(client, customer, "100.00", pin=pin), opened(client, other_customer, pin="8371")
    before = items(type="transaction")
    for user in (customer, teller):
        transfer(client, user, account, payee, "1.00").refused(422, "pin_required")
        transfer(client, user, account, payee, "1.00", pin="8371").refused(422, "pin_incorrect")
    assert items(type="transaction") == before
    key = new_key()
    made = transfer(client, customer, account, payee, "1.00", key=key, pin=pin).ok(201)
    again = transfer(client, customer, account, payee, "1.00", key=key)
    assert (again.ok(201)["id"], again.headers["Idempotent-Replayed"]) == (made["id"], "true")
    assert pin not in words_of(str(items()))


def test_a_stranger_uses_up_no_guess_at_a_pin(client: Api, customer: User, other_customer: User, account: Json) -> None:
    own = opened(client, other_customer)
    for _ in range(6):
        transfer(client, other_customer, account, own, "1.00", pin="0000").refused(404, "not_found")
    withdraw(client, customer, account, "1.00", pin="4711").ok(201)


def test_withdrawals_and_transfers_share_the_guesses(client: Api, customer: User, account: Json) -> None:
    payee = opened(client, customer)
    for _ in range(3):
        withdraw(client, customer, account, "1.00", pin="0000").refused(422, "pin_incorrect")
    for _ in range(2):
        transfer(client, customer, account, payee, "1.00", pin="0000").refused(422, "pin_incorrect")
    transfer(client, customer, account, payee, "1.00", pin="4711").refused(422, "pin_locked")
    withdraw(client, customer, account, "1.00", pin="4711").refused(422, "pin_locked")
