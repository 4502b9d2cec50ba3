"""Unlocking a user: by whom, of whom, how often, and that it is recorded."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.services.crypto import bank_keys
from tests.api.helpers.accounts import new_key
from tests.api.helpers.bank import Api, Reply, User, items
from tests.api.helpers.network import NEAR, WRONG, guess_from
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.race import just_before
from tests.api.helpers.stream import Stream

REASON = "Called from the registered number"


def unlock(client: Api, by: User, user: User, key: str | None = None, reason: object = REASON) -> Reply:
    return client.post(f"/v1/users/{user.user_id}/unlock", {"reason": reason}, token=by.token, key=key)


def lock(client: Api, user: User) -> None:
    for _ in range(5):
        guess_from(NEAR, client, user.email, WRONG).refused(401, "unauthorized")
    guess_from(NEAR, client, user.email, user.password).refused(429, "too_many_attempts")


@pytest.fixture
def stream(bank: People, streamed_bank: None) -> Stream:
    """Begun before there are people."""
    return Stream()


@pytest.mark.parametrize("who", ["manager", "admin"])
def test_an_unlocked_customer_logs_in_at_once(
    client: Api, customer: User, request: pytest.FixtureRequest, who: str
) -> None:
    lock(client, customer)
    assert unlock(client, request.getfixturevalue(who), customer).status == 204
    guess_from(NEAR, client, customer.email, customer.password).ok()


def test_an_admin_unlocks_staff_and_a_manager_does_not(client: Api, admin: User, manager: User, teller: User) -> None:
    lock(client, teller)
    unlock(client, manager, teller).refused(403, "forbidden")
    guess_from(NEAR, client, teller.email, teller.password).refused(429, "too_many_attempts")
    assert unlock(client, admin, teller).status == 204
    guess_from(NEAR, client, teller.email, teller.password).ok()


@pytest.mark.parametrize("who", ["customer", "teller", "auditor"])
def test_nobody_else_unlocks(client: Api, other_customer: User, request: pytest.FixtureRequest, who: str) -> None:
    unlock(client, request.getfixturevalue(who), other_customer).refused(403, "forbidden")


@pytest.mark.parametrize("who", ["manager", "admin"])
def test_nobody_unlocks_oneself(client: Api, request: pytest.FixtureRequest, who: str) -> None:
    user = request.getfixturevalue(who)
    unlock(client, user, user).refused(409, "conflict")


def test_one_who_has_just_lost_the_right_unlocks_nobody(
    client: Api, admin: User, manager: User, customer: User
) -> None:
    lock(client, customer)
    with just_before(
        "TransactWriteItems",
        lambda: client.patch(f"/v1/users/{manager.user_id}", {"role": "teller"}, token=admin.token).ok(),
    ):
        unlock(client, manager, customer).refused(403, "forbidden")
    guess_from(NEAR, client, customer.email, customer.password).refused(429, "too_many_attempts")


def test_a_user_is_unlocked_three_times_a_day(
    client: Api, manager: User, customer: User, at_time: Callable[[timedelta], None]
) -> None:
    """Whoever conspires with a manager gets fifteen guesses a day more, and leaves a record of each unlocking."""
    at_time(timedelta())
    for _ in range(3):
        assert unlock(client, manager, customer).status == 204
    lock(client, customer)
    refused = unlock(client, manager, customer).refused(429, "too_many_attempts")
    assert refused.headers["Retry-After"] == "86400"
    guess_from(NEAR, client, customer.email, customer.password).refused(429, "too_many_attempts")


def test_the_same_key_unlocks_once(client: Api, manager: User, customer: User, other_customer: User) -> None:
    key = new_key()
    assert unlock(client, manager, customer, key).status == 204
    lock(client, customer)
    assert unlock(client, manager, customer, key).status == 204
    guess_from(NEAR, client, customer.email, customer.password).refused(429, "too_many_attempts")
    unlock(client, manager, other_customer, key).refused(409, "idempotency_key_reused")
    assert len(items(type="login", outcome="unlocked")) == 1


def test_an_attempt_that_is_counted_meanwhile_is_forgotten_too(client: Api, manager: User, customer: User) -> None:
    lock(client, customer)
    with just_before("TransactWriteItems", lambda: guess_from("198.51.100.7", client, customer.email, WRONG)):
        assert unlock(client, manager, customer).status == 204
    [item] = items(type="login_attempts", pk=f"EMAIL#{bank_keys.email_hmac(customer.email)}")
    assert json.loads(item["failures"]) == {}


def test_an_unlocking_is_audited_with_its_reason_which_the_user_does_not_see(
    stream: Stream, client: Api, manager: User, auditor: User, customer: User
) -> None:
    unlock(client, manager, customer)
    stream.deliver()
    records = client.get(f"/v1/audit?entity={customer.user_id}", token=auditor.token).ok()["data"]
    [record] = [record for record in records if record["event"] == "login.unlocked"]
    assert (record["actor"], record["after"]["reason"]) == (manager.user_id, REASON)
    reply = client.get("/v1/user/logins", token=customer.token)
    last, *_ = reply.ok()["data"]
    assert (last["outcome"], last["source_ip"], last["user_agent"]) == ("unlocked", None, None)
    assert REASON not in reply.text
    assert manager.user_id not in reply.text


@pytest.mark.parametrize("user_id", ["usr_01ARZ3NDEKTSV4RRFFQ69G5FAV", "cus_1", "x"])
def test_one_who_is_not_there_is_not_found(client: Api, manager: User, user_id: str) -> None:
    reply = client.post(f"/v1/users/{user_id}/unlock", {"reason": "r"}, token=manager.token)
    reply.refused(404, "not_found")


def test_an_erased_customer_is_not_found(client: Api, admin: User, customer: User) -> None:
    client.delete(f"/v1/customers/{customer.customer_id}", token=admin.token).ok()
    unlock(client, admin, customer).refused(404, "not_found")


@pytest.mark.parametrize("reason", [None, "", " ", "x" * 201, 1])
def test_a_bad_reason_is_named(client: Api, manager: User, customer: User, reason: object) -> None:
    assert unlock(client, manager, customer, reason=reason).refused(422, "validation_failed").wrong_fields == ["reason"]
