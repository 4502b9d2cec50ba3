"""Logging in with a second factor, and what a thief tries who knows the password."""

import json
from datetime import timedelta

import pytest

from chalicelib import clock
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.identity.factor import Factor
from chalicelib.models.identity.recovery_codes import RecoveryCodes
from chalicelib.services.crypto import passwords
from chalicelib.services.identity.proofs import hash_code
from tests.api.helpers.bank import Api, AtTime, Reply, User, counted_calls, items
from tests.api.helpers.factors import (
    STEP,
    App,
    challenge_of,
    enrolled_app,
    logged_in,
    own_factors,
    prove,
)
from tests.api.helpers.race import just_before

WRONG_RECOVERY_CODE = "AAAA-BBBB-CCCC-DDDD"


def challenge(client: Api, user: User) -> str:
    return str(challenge_of(client, user)["challenge"])


def guess(client: Api, token: str, app: App) -> Reply:
    return prove(client, token, code=app.wrong_code())


def codes_left(user: User) -> int:
    """How many recovery codes are left."""
    [codes] = items(type="recovery_codes", user_id=user.user_id)
    return len(json.loads(codes["hashes"]))


def test_log_in_with_a_code(client: Api, customer: User) -> None:
    app = enrolled_app(client, customer)
    with counted_calls() as calls:
        asked = challenge_of(client, customer)
    assert calls == {"BatchGetItem": 2, "TransactWriteItems": 2}
    assert set(asked) == {"mfa_required", "challenge", "expires_in", "factors", "passkey"}
    assert asked["factors"] == [{"id": app.factor_id, "type": "totp"}]
    assert (asked["expires_in"], asked["passkey"]) == (300, None)
    with counted_calls() as calls:
        tokens = prove(client, asked["challenge"], code=app.code(1)).ok()
    assert calls == {"BatchGetItem": 2, "GetItem": 1, "TransactWriteItems": 1}
    client.get("/v1/user/profile", token=tokens["access_token"]).ok()
    outcomes = [
        item["outcome"] for item in sorted(items(type="login", user_id=customer.user_id), key=lambda one: one["id"])
    ]
    assert outcomes[-2:] == ["mfa_required", "succeeded"]


def test_only_a_hash_of_the_challenge_is_kept(client: Api, customer: User) -> None:
    enrolled_app(client, customer)
    secret = challenge(client, customer).rpartition(".")[2]
    assert secret not in str(items())


def test_right_password_without_a_factor_starts_no_session(client: Api, customer: User) -> None:
    enrolled_app(client, customer)
    before = len(items(type="session", user_id=customer.user_id))
    challenge_of(client, customer)
    assert len(items(type="session", user_id=customer.user_id)) == before


def test_code_works_once(client: Api, customer: User) -> None:
    app = enrolled_app(client, customer)
    code = app.code(1)
    prove(client, challenge(client, customer), code=code).ok()
    prove(client, challenge(client, customer), code=code).refused(422, "mfa_incorrect")


def test_code_that_confirmed_the_app_logs_nobody_in(client: Api, customer: User, at_time: AtTime) -> None:
    at_time(timedelta())
    app = enrolled_app(client, customer)
    prove(client, challenge(client, customer), code=app.code()).refused(422, "mfa_incorrect")


def test_code_of_the_step_before_works_once_and_not_after_a_later_one(
    client: Api, customer: User, at_time: AtTime
) -> None:
    at_time(timedelta())
    app = enrolled_app(client, customer)
    at_time(timedelta(seconds=3 * STEP))
    earlier = app.code(-1)
    prove(client, challenge(client, customer), code=earlier).ok()
    prove(client, challenge(client, customer), code=earlier).refused(422, "mfa_incorrect")
    prove(client, challenge(client, customer), code=app.code()).ok()
    prove(client, challenge(client, customer), code=earlier).refused(422, "mfa_incorrect")
    assert not items(type="factor", id=app.factor_id)[0]["failures"], "a used code is no guess"


def test_code_of_long_ago_is_wrong(client: Api, customer: User, at_time: AtTime) -> None:
    at_time(timedelta())
    app = enrolled_app(client, customer)
    at_time(timedelta(seconds=5 * STEP))
    prove(client, challenge(client, customer), code=app.code(-2)).refused(422, "mfa_incorrect")
    assert items(type="factor", id=app.factor_id)[0]["failures"] == 1


def test_one_code_for_two_log_ins_at_once_starts_one_session(client: Api, customer: User) -> None:
    app = enrolled_app(client, customer)
    code, first, second = app.code(1), challenge(client, customer), challenge(client, customer)
    replies: list[Reply] = []
    with just_before("TransactWriteItems", lambda: replies.append(prove(client, first, code=code))):
        prove(client, second, code=code).refused(422, "mfa_incorrect")
    replies[0].ok()


def test_device_is_known_once_the_factor_is_shown(client: Api, customer: User) -> None:
    """Not before: whoever knows the password only would escape the limits of others' failures."""
    app = enrolled_app(client, customer)
    assert "device_token" not in challenge_of(client, customer)
    device_token = prove(client, challenge(client, customer), code=app.code(1)).ok()["device_token"]
    body = {"email": customer.email, "password": customer.password, "device_token": device_token}
    asked = client.post("/v1/auth/login", body).ok()
    again = prove(client, asked["challenge"], recovery_code=app.recovery_codes[0]).ok()
    assert again["device_token"] is None


def test_challenge_works_once(client: Api, customer: User) -> None:
    app = enrolled_app(client, customer)
    token = challenge(client, customer)
    prove(client, token, code=app.code(1)).ok()
    prove(client, token, recovery_code=app.recovery_codes[0]).refused(401, "unauthorized")
    assert codes_left(customer) == 10


def test_one_challenge_for_two_log_ins_at_once_starts_one_session(client: Api, customer: User) -> None:
    app = enrolled_app(client, customer)
    token, before = challenge(client, customer), len(items(type="session", user_id=customer.user_id))
    replies: list[Reply] = []
    another = {"recovery_code": app.recovery_codes[0]}
    with just_before("TransactWriteItems", lambda: replies.append(prove(client, token, **another))):
        prove(client, token, code=app.code(1)).refused(401, "unauthorized")
    replies[0].ok()
    assert len(items(type="session", user_id=customer.user_id)) == before + 1


def test_challenge_is_answered_by_its_users_factors_only(client: Api, customer: User, other_customer: User) -> None:
    mine, others = enrolled_app(client, customer), enrolled_app(client, other_customer)
    token = challenge(client, customer)
    prove(client, token, code=others.code(1)).refused(422, "mfa_incorrect")
    prove(client, token, recovery_code=others.recovery_codes[0]).refused(422, "mfa_incorrect")
    foreign = token.replace(customer.user_id, other_customer.user_id)
    prove(client, foreign, code=others.code(1)).refused(401, "unauthorized")
    prove(client, token, code=mine.code(1)).ok()


def test_challenge_ends_after_five_minutes(client: Api, customer: User, at_time: AtTime) -> None:
    at_time(timedelta())
    app = enrolled_app(client, customer)
    early, late = challenge(client, customer), challenge(client, customer)
    at_time(timedelta(minutes=4, seconds=59))
    prove(client, early, code=app.code()).ok()
    at_time(timedelta(minutes=5))
    prove(client, late, recovery_code=app.recovery_codes[0]).refused(401, "unauthorized")


def test_challenge_ends_with_the_password_it_was_issued_on(client: Api, customer: User) -> None:
    app = enrolled_app(client, customer)
    token = challenge(client, customer)
    new = {"current_password": customer.password, "new_password": "staple horse battery"}
    assert client.post("/v1/auth/password", new, token=customer.token).status == 204
    prove(client, token, code=app.code(1)).refused(401, "unauthorized")


def test_challenge_ends_when_its_user_is_disabled(client: Api, admin: User, customer: User) -> None:
    app = enrolled_app(client, customer)
    token = challenge(client, customer)
    client.patch(f"/v1/users/{customer.user_id}", {"status": "disabled"}, token=admin.token).ok()
    prove(client, token, code=app.code(1)).refused(401, "unauthorized")


def test_user_disabled_while_the_factor_is_checked_gets_no_session(client: Api, admin: User, customer: User) -> None:
    app = enrolled_app(client, customer)
    token, path = challenge(client, customer), f"/v1/users/{customer.user_id}"

    def disable() -> None:
        client.patch(path, {"status": "disabled"}, token=admin.token).ok()

    with just_before("TransactWriteItems", disable):
        prove(client, token, code=app.code(1)).refused(401, "unauthorized")
    assert not items(type="session", user_id=customer.user_id, status="active")


@pytest.mark.parametrize(
    "token", ["x", "usr_1.chl_1.x", "usr_01M7Z4D4VE1FS7BZAHYSHJJ6EM.chl_01M7Z4D4VE1FS7BZAHYSHJJ6EN." + "A" * 43]
)
def test_challenge_that_was_never_issued_is_refused(client: Api, token: str) -> None:
    prove(client, token, code="123456").refused(401, "unauthorized")


def test_challenge_with_another_secret_is_refused(client: Api, customer: User) -> None:
    app = enrolled_app(client, customer)
    token = challenge(client, customer)
    prove(client, f"{token.rpartition('.')[0]}.{'A' * 43}", code=app.code(1)).refused(401, "unauthorized")


def test_challenge_of_a_step_up_starts_no_session(client: Api, customer: User) -> None:
    app = enrolled_app(client, customer)
    asked = client.post("/v1/auth/mfa/step-up/challenges", token=customer.token).ok()
    prove(client, asked["challenge"], code=app.code(1)).refused(401, "unauthorized")


@pytest.mark.parametrize("proof", [{}, {"code": "123456", "recovery_code": WRONG_RECOVERY_CODE}])
def test_exactly_one_factor_is_sent(client: Api, customer: User, proof: dict[str, str]) -> None:
    enrolled_app(client, customer)
    reply = prove(client, challenge(client, customer), **proof).refused(422, "validation_failed")
    assert reply.wrong_fields == ["code"]


def test_five_wrong_codes_lock_the_app_and_not_the_recovery_codes(client: Api, customer: User) -> None:
    app = enrolled_app(client, customer)
    token = challenge(client, customer)
    for _ in range(5):
        guess(client, token, app).refused(422, "mfa_incorrect")
    prove(client, token, code=app.code(1)).refused(422, "mfa_locked")
    failed = items(type="login", user_id=customer.user_id, outcome="mfa_failed")
    assert len(failed) == 5
    inside = logged_in(client, customer, recovery_code=app.recovery_codes[3])
    assert own_factors(client, inside)["data"][0]["is_locked"]
    prove(client, challenge(client, customer), code=app.code(1)).refused(422, "mfa_locked")


def test_right_code_forgets_the_wrong_ones_before_it(client: Api, customer: User, at_time: AtTime) -> None:
    at_time(timedelta())
    app = enrolled_app(client, customer)
    for number in (1, 2):
        at_time(timedelta(seconds=2 * STEP * number))
        token = challenge(client, customer)
        for _ in range(4):
            guess(client, token, app).refused(422, "mfa_incorrect")
        prove(client, token, code=app.code()).ok()


def test_of_32_guesses_at_once_five_are_counted_and_none_gets_in(client: Api, customer: User) -> None:
    """All have read the factor before anyone has written; the conditions of their writes decide."""
    app = enrolled_app(client, customer)
    factor = Factor.by_id(customer.user_id, app.factor_id)
    assert factor
    now, admitted = clock.now(), 0
    for number in range(32):
        caller = Caller(customer.user_id, "customer", f"guess-{number}")
        try:
            transact.commit([factor.count_failure(caller, now)], caller.request_id)
        except transact.Cancelled:
            continue
        admitted += 1
    assert admitted == 5
    right = factor.take_code(int(factor.last_step or 0) + 1, Caller(customer.user_id, "customer", "right"), now)
    with pytest.raises(transact.Cancelled):
        transact.commit([right], "right")


def test_recovery_code_works_once_however_it_is_typed(client: Api, customer: User) -> None:
    app = enrolled_app(client, customer)
    code = app.recovery_codes[0]
    logged_in(client, customer, recovery_code=code.lower().replace("-", " "))
    prove(client, challenge(client, customer), recovery_code=code).refused(422, "mfa_incorrect")
    assert codes_left(customer) == 9


def test_recovery_code_used_by_32_at_once_gets_one_in(client: Api, customer: User) -> None:
    """All have read the codes before anyone has written."""
    app = enrolled_app(client, customer)
    codes = RecoveryCodes.of(customer.user_id)
    assert codes
    code_hash, now, admitted = hash_code(customer.user_id, app.recovery_codes[0]), clock.now(), 0
    for number in range(32):
        caller = Caller(customer.user_id, "customer", f"request-{number}")
        try:
            transact.commit([codes.use_up(code_hash, caller, now)], caller.request_id)
        except transact.Cancelled:
            continue
        admitted += 1
    assert admitted == 1


def test_one_recovery_code_for_two_log_ins_at_once_starts_one_session(client: Api, customer: User) -> None:
    app = enrolled_app(client, customer)
    code, first, second = app.recovery_codes[0], challenge(client, customer), challenge(client, customer)
    replies: list[Reply] = []
    with just_before("TransactWriteItems", lambda: replies.append(prove(client, first, recovery_code=code))):
        prove(client, second, recovery_code=code).refused(422, "mfa_incorrect")
    replies[0].ok()


def test_five_wrong_recovery_codes_lock_them_and_not_the_app(client: Api, customer: User) -> None:
    app = enrolled_app(client, customer)
    token = challenge(client, customer)
    for _ in range(5):
        prove(client, token, recovery_code=WRONG_RECOVERY_CODE).refused(422, "mfa_incorrect")
    prove(client, token, recovery_code=app.recovery_codes[0]).refused(422, "mfa_locked")
    prove(client, token, code=app.code(1)).ok()


def test_right_passwords_lock_nobody_out_and_do_not_unlock_the_app(client: Api, customer: User) -> None:
    """Guesses at the factor are counted there, whatever challenge they answer."""
    app = enrolled_app(client, customer)
    for _ in range(5):
        guess(client, challenge(client, customer), app).refused(422, "mfa_incorrect")
    prove(client, challenge(client, customer), code=app.code(1)).refused(422, "mfa_locked")


def test_wrong_password_of_a_user_with_a_factor_is_refused_like_an_unknown_address(client: Api, customer: User) -> None:
    """In the same words, and in the same calls, so in the same time."""
    enrolled_app(client, customer)
    replies, calls = [], []
    for email in (customer.email, "nobody-yet@example.com"):
        client.post("/v1/auth/login", {"email": email, "password": "a wrong password"})  # its key is at hand now
        with counted_calls() as counted:
            replies.append(client.post("/v1/auth/login", {"email": email, "password": "a wrong password"}))
        calls.append(counted)
    known, unknown = (reply.refused(401, "unauthorized").json | {"request_id": ""} for reply in replies)
    assert known == unknown
    assert calls[0] == calls[1]


def test_factor_enrolled_during_a_log_in_is_asked_for(
    client: Api, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log-in has read a user without factors; it may not start a session that has used none."""
    verify, steps = passwords.verify_secret, [lambda: enrolled_app(client, customer)]

    def interrupted(kept: str | None, secret: str) -> bool:
        while steps:
            steps.pop()()
        return verify(kept, secret)

    monkeypatch.setattr(passwords, "verify_secret", interrupted)
    body = {"email": customer.email, "password": customer.password}
    client.post("/v1/auth/login", body).refused(401, "unauthorized")
    assert challenge_of(client, customer)
    assert len(items(type="session", user_id=customer.user_id, status="active")) == 1
