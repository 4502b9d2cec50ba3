"""Changing one's password."""

from collections.abc import Callable

import pytest

from tests.api.helpers.bank import Api, Reply, User, counted_calls

NEW = "a new and longer password"


def change(client: Api, user: User, current: object, new: object = NEW) -> Reply:
    return client.post("/v1/auth/password", {"current_password": current, "new_password": new}, token=user.token)


def log_in_with(client: Api, user: User, password: str) -> Reply:
    return client.post("/v1/auth/login", {"email": user.email, "password": password})


def test_a_new_password_replaces_the_old_one_and_ends_other_sessions(
    client: Api, customer: User, log_in: Callable[[str], User]
) -> None:
    other = log_in(customer.email)
    with counted_calls() as calls:
        reply = change(client, customer, customer.password)
    assert (reply.status, reply.text) == (204, "")
    # The session, twice; the user with its devices, the attempts, whose name it is; the attempt, the change; the
    # others, their end; the mailer's: the user.
    assert calls == {"GetItem": 5, "BatchGetItem": 1, "TransactWriteItems": 3, "Query": 2}
    client.get("/v1/user/profile", token=customer.token).ok()
    client.get("/v1/user/profile", token=other.token).refused(401, "unauthorized")
    log_in_with(client, customer, customer.password).refused(401, "unauthorized")
    log_in_with(client, customer, NEW).ok()


def test_a_wrong_password_is_named_and_counts_toward_the_lockout(client: Api, customer: User) -> None:
    for _ in range(5):
        reply = change(client, customer, "not my password").refused(422, "validation_failed")
        assert reply.wrong_fields == ["current_password"]
    locked = change(client, customer, customer.password).refused(429, "too_many_attempts")
    assert int(locked.headers["Retry-After"]) > 890
    log_in_with(client, customer, customer.password).refused(429, "too_many_attempts")


def test_a_right_password_forgets_the_failures(client: Api, customer: User) -> None:
    for _ in range(4):
        change(client, customer, "not my password").refused(422, "validation_failed")
    assert change(client, customer, customer.password).status == 204
    log_in_with(client, customer, "not my password").refused(401, "unauthorized")


@pytest.mark.parametrize("new", ["too short", "x" * 201, 1234567890, None, "with\u0000control"])
def test_a_bad_new_password_is_named(client: Api, customer: User, new: object) -> None:
    reply = change(client, customer, customer.password, new).refused(422, "validation_failed")
    assert reply.wrong_fields == ["new_password"]
    log_in_with(client, customer, customer.password).ok()


def test_changing_a_password_needs_a_token(client: Api) -> None:
    client.post("/v1/auth/password", {"current_password": "x", "new_password": NEW}).refused(401, "unauthorized")


@pytest.mark.parametrize("who", ["customer", "teller"])
def test_a_password_that_is_tried_first_changes_nothing(client: Api, request: pytest.FixtureRequest, who: str) -> None:
    user: User = request.getfixturevalue(who)
    name = client.get("/v1/user/profile", token=user.token).ok()["last_name"]
    for new in ("aaaaaaaaaa", "password2026", user.email, f"{name}{name}{name}{name}"):
        reply = change(client, user, user.password, new).refused(422, "validation_failed")
        assert reply.wrong_fields == ["new_password"]
    log_in_with(client, user, user.password).ok()


def test_whoever_does_not_know_the_password_learns_nothing_of_the_new_one(client: Api, customer: User) -> None:
    reply = change(client, customer, "not my password", customer.email).refused(422, "validation_failed")
    assert reply.wrong_fields == ["current_password"]
