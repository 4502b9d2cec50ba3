"""Who gets in while an address is locked: password and second factor in one request. Others learn nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.services.crypto import data_keys
from tests.api.helpers.bank import Api, AtTime, Json, Reply, User, counted_calls, items
from tests.api.helpers.factors import App, challenge_of, enrolled_app, prove
from tests.api.helpers.network import ELSEWHERE, NEAR, WRONG, guess_from, requests_from
from tests.api.helpers.race import just_before

RECOVERY = "AAAA-BBBB-CCCC-DDDD"


@pytest.fixture
def app(client: Api, customer: User) -> App:
    return enrolled_app(client, customer)


def lock(client: Api, email: str) -> None:
    """As a stranger does, who sits in the owner's own network."""
    for _ in range(5):
        guess_from(NEAR, client, email, WRONG).refused(401, "unauthorized")
    guess_from(NEAR, client, email, WRONG).refused(429, "too_many_attempts")


def log_in(client: Api, email: str, password: str, source_ip: str = NEAR, **proof: str) -> Reply:
    with requests_from(source_ip):
        return client.post("/v1/auth/login", {"email": email, "password": password, **proof})


def failures(app: App) -> int:
    [factor] = items(type="factor", id=app.factor_id)
    return int(factor["failures"])


def sessions(user: User) -> int:
    return len(items(type="session", user_id=user.user_id, status="active"))


@pytest.mark.parametrize("kind", ["code", "recovery_code"])
def test_second_factor_gets_in_and_the_lock_stays(client: Api, customer: User, app: App, kind: str) -> None:
    proof = {kind: app.code(1) if kind == "code" else app.recovery_codes[0]}
    lock(client, customer.email)
    guess_from(NEAR, client, customer.email, customer.password).refused(429, "too_many_attempts")
    tokens = log_in(client, customer.email, customer.password, **proof).ok()
    assert client.get("/v1/accounts", token=tokens["access_token"]).ok()
    guess_from(NEAR, client, customer.email, customer.password).refused(429, "too_many_attempts")
    again = guess_from(NEAR, client, customer.email, customer.password, tokens["device_token"]).ok()
    assert again["mfa_required"], "the device is known now"
    log_in(client, customer.email, customer.password, **proof).refused(429, "too_many_attempts")


def test_second_factor_counts_as_used_in_the_session(client: Api, manager: User) -> None:
    app = enrolled_app(client, manager)
    lock(client, manager.email)
    token = log_in(client, manager.email, manager.password, code=app.code(1)).ok()["access_token"]
    assert client.post("/v1/auth/recovery-codes", token=token).ok(201), "a step-up of this moment"


def refusals(client: Api, customer: User, other: User, app: App) -> dict[str, Callable[[], Reply]]:
    """What a thief may send. `other` has no factor."""
    used = app.code()  # by the enrolment
    return {
        "wrong password, right code": lambda: log_in(client, customer.email, WRONG, code=app.code(1)),
        "right password, wrong code": lambda: log_in(client, customer.email, customer.password, code=app.wrong_code()),
        "right password, used code": lambda: log_in(client, customer.email, customer.password, code=used),
        "nobody": lambda: log_in(client, "nobody-here@example.com", WRONG, code="123456"),
        "right password, no factor": lambda: log_in(client, other.email, other.password, code="123456"),
        "wrong password, no factor": lambda: log_in(client, other.email, WRONG, code="123456"),
    }


def test_whatever_is_wrong_the_answer_and_the_calls_are_the_same(
    client: Api, customer: User, other_customer: User, app: App, at_time: AtTime
) -> None:
    """Otherwise the right password could be told from a wrong one, and a known address from an unknown one."""
    at_time(timedelta())
    for email in (customer.email, other_customer.email, "nobody-here@example.com"):
        lock(client, email)
    told: dict[str, tuple[Json, Json]] = {}
    for name, send in refusals(client, customer, other_customer, app).items():
        data_keys.cache.clear()
        with counted_calls() as calls:
            reply = send().refused(429, "too_many_attempts")
        told[name] = ({**reply.json, "request_id": "", "retry_after": 0}, dict(calls))
        assert 0 < reply.json["retry_after"] <= 900
    assert {str(one) for one in told.values()} == {str(told["nobody"])}


def test_wrong_recovery_codes_take_the_same_calls(
    client: Api, customer: User, other_customer: User, app: App, at_time: AtTime
) -> None:
    at_time(timedelta())
    told: list[dict[str, int]] = []
    for email, password in (
        (customer.email, customer.password),
        (customer.email, WRONG),
        (other_customer.email, other_customer.password),
        ("nobody-here@example.com", WRONG),
    ):
        if not told or email != customer.email:
            lock(client, email)
        data_keys.cache.clear()
        with counted_calls() as calls:
            log_in(client, email, password, recovery_code=RECOVERY).refused(429, "too_many_attempts")
        told.append(dict(calls))
    assert told == [told[0]] * 4


def test_strangers_without_the_password_do_not_lock_the_factor(client: Api, customer: User, app: App) -> None:
    lock(client, customer.email)
    for _ in range(6):
        log_in(client, customer.email, WRONG, code=app.wrong_code()).refused(429, "too_many_attempts")
    assert failures(app) == 0
    log_in(client, customer.email, customer.password, code=app.code(1)).ok()


def test_wrong_codes_after_a_right_password_lock_the_factor(client: Api, customer: User, app: App) -> None:
    lock(client, customer.email)
    for _ in range(5):
        log_in(client, customer.email, customer.password, code=app.wrong_code()).refused(429, "too_many_attempts")
    assert failures(app) == 5
    log_in(client, customer.email, customer.password, code=app.code(1)).refused(429, "too_many_attempts")
    assert len(items(type="login", user_id=customer.user_id, outcome="mfa_failed")) == 5, "the owner sees it"
    log_in(client, customer.email, customer.password, recovery_code=app.recovery_codes[1]).ok()


def test_guesses_with_codes_are_slowed_down_for_their_network(
    client: Api, customer: User, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock(client, customer.email)
    monkeypatch.setenv("SOURCE_FAILURES_MAX", "8")
    for _ in range(3):
        log_in(client, customer.email, WRONG, code=app.code(1)).refused(429, "too_many_attempts")
    paused = log_in(client, customer.email, customer.password, code=app.code(1)).refused(429, "too_many_attempts")
    assert 0 < paused.json["retry_after"] <= 60
    assert failures(app) == 0, "it was not looked at"
    for _ in range(5):
        guess_from(ELSEWHERE, client, customer.email, WRONG).refused(401, "unauthorized")
    log_in(client, customer.email, customer.password, ELSEWHERE, code=app.code(1)).ok()


def test_code_is_not_looked_at_while_the_address_is_not_locked(client: Api, customer: User, app: App) -> None:
    asked = log_in(client, customer.email, customer.password, code=app.wrong_code()).ok()
    assert (asked["mfa_required"], failures(app)) == (True, 0)
    log_in(client, customer.email, WRONG, code=app.code(1)).refused(401, "unauthorized")
    prove(client, challenge_of(client, customer)["challenge"], code=app.code(1)).ok()


def test_disabled_user_gets_no_session(client: Api, admin: User, customer: User, app: App) -> None:
    lock(client, customer.email)
    client.patch(f"/v1/users/{customer.user_id}", {"status": "disabled"}, token=admin.token).ok()
    log_in(client, customer.email, customer.password, code=app.code(1)).refused(429, "too_many_attempts")
    assert sessions(customer) == 0


def test_one_code_for_two_log_ins_at_once_starts_one_session(client: Api, customer: User, app: App) -> None:
    lock(client, customer.email)
    before, code = sessions(customer), app.code(1)
    replies: list[Reply] = []

    def send() -> Reply:
        return log_in(client, customer.email, customer.password, code=code)

    with just_before("TransactWriteItems", lambda: replies.append(send()), nth=2):
        send().refused(429, "too_many_attempts")
    replies[0].ok()
    assert sessions(customer) == before + 1


def test_exactly_one_factor_is_sent(client: Api, customer: User) -> None:
    both = {"code": "123456", "recovery_code": RECOVERY}
    assert log_in(client, customer.email, WRONG, **both).refused(422, "validation_failed").wrong_fields == ["code"]
