"""What needs a second factor used lately, of whom, and where staff need one at all."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from chalicelib.domain.permissions import Caller, system
from chalicelib.domain.risk.thresholds import STANDARD
from chalicelib.services import step_up as service
from chalicelib.services.identity import authenticate
from tests.api.helpers.bank import Api, AtTime, LogIn, Reply, User, counted_calls, items
from tests.api.helpers.factors import (
    STEP,
    App,
    challenge_of,
    confirm,
    enrol,
    enrolled_app,
    enrolled_passkey,
    logged_in,
    own_factors,
    prove,
    step_up,
)
from tests.api.helpers.invitations import counter_customer, invite
from tests.api.helpers.race import just_before

RATE = {"annual_rate": "0.0400", "effective_from": "2099-01-01"}
PASSWORD = "correct horse battery staple"
NEW_ADMIN = {"email": "mallory@florin.example", "password": PASSWORD, "role": "admin", "last_name": "M"}


def guarded(client: Api, admin: User, other: User) -> dict[str, Callable[[], Reply]]:
    """Every action that needs a step-up, by name."""
    token, path = admin.token, f"/v1/users/{other.user_id}"
    return {
        "role": lambda: client.patch(path, {"role": "auditor"}, token=token),
        "status": lambda: client.patch(path, {"status": "disabled"}, token=token),
        "create": lambda: client.post("/v1/users", NEW_ADMIN, token=token),
        "thresholds": lambda: client.put("/v1/risk-thresholds", STANDARD.to_json(), token=token),
        "rate": lambda: client.put("/v1/interest-rates/savings", RATE, token=token),
        "factors": lambda: client.delete(f"{path}/factors", token=token),
        "invite": lambda: invite(client, admin, counter_customer(client, admin)),
    }


ACTIONS = ("role", "status", "create", "thresholds", "rate", "factors", "invite")


def refreshed(client: Api, user: User) -> User:
    """The user's session goes on with new tokens."""
    tokens = client.post("/v1/auth/refresh", {"refresh_token": user.refresh_token}).ok()
    return replace(user, token=tokens["access_token"], refresh_token=tokens["refresh_token"])


@pytest.mark.parametrize("action", ACTIONS)
def test_action_needs_a_factor_used_within_fifteen_minutes(
    client: Api, admin: User, teller: User, at_time: AtTime, action: str
) -> None:
    at_time(timedelta())
    app = enrolled_app(client, admin)
    at_time(timedelta(minutes=15))
    later = refreshed(client, admin)
    before = items(type="user")
    reply = guarded(client, later, teller)[action]().refused(403, "mfa_step_up_required")
    assert "POST /v1/auth/mfa/step-up" in reply.json["detail"]
    assert items(type="user") == before
    step_up(client, later, code=app.code()).ok()
    assert guarded(client, later, teller)[action]().status in (200, 201, 204)


@pytest.mark.parametrize("action", ACTIONS)
def test_admin_without_factors_is_not_asked_for_one(client: Api, admin: User, teller: User, action: str) -> None:
    """Where none is required. The table of call counts shows that it costs nothing."""
    assert guarded(client, admin, teller)[action]().status in (200, 201, 204)


def test_requirement_costs_one_read_with_a_factor_and_none_without(client: Api, admin: User) -> None:
    [session] = items(type="session", user_id=admin.user_id)
    caller = Caller(admin.user_id, "admin", "r", session_id=session["id"])
    with counted_calls() as calls:
        service.require(caller)
        service.require(system("r"))
    assert not calls
    enrolled_app(client, admin)
    with counted_calls() as calls:
        service.require(replace(caller, factor_used=True))
    assert calls == {"BatchGetItem": 1}


def test_log_in_with_a_factor_counts_for_fifteen_minutes(client: Api, admin: User, at_time: AtTime) -> None:
    at_time(timedelta())
    app = enrolled_app(client, admin)
    at_time(timedelta(minutes=30))
    inside = logged_in(client, admin, code=app.code())
    client.put("/v1/interest-rates/savings", RATE, token=inside.token).ok()


def test_step_up_says_until_when_it_counts(client: Api, customer: User, at_time: AtTime) -> None:
    at_time(timedelta())
    app = enrolled_app(client, customer)
    at_time(timedelta(seconds=STEP))
    valid_until = step_up(client, customer, code=app.code()).ok()["valid_until"]
    [session] = items(type="session", user_id=customer.user_id, status="active")
    assert valid_until > session["factor_used_at"]


def test_step_up_is_of_one_session(client: Api, admin: User, at_time: AtTime) -> None:
    """A factor used at one desk opens nothing at another."""
    at_time(timedelta())
    app = enrolled_app(client, admin)
    at_time(timedelta(seconds=STEP))
    elsewhere = logged_in(client, admin, code=app.code())
    at_time(timedelta(minutes=15, seconds=STEP))
    here, elsewhere = refreshed(client, admin), refreshed(client, elsewhere)
    step_up(client, here, code=app.code()).ok()
    client.put("/v1/interest-rates/savings", RATE, token=elsewhere.token).refused(403, "mfa_step_up_required")
    client.put("/v1/interest-rates/savings", RATE, token=here.token).ok()


def test_step_up_with_a_passkey(client: Api, customer: User) -> None:
    _, authenticator = enrolled_passkey(client, customer)
    asked = client.post("/v1/auth/mfa/step-up/challenges", token=customer.token).ok()
    proof = {"challenge": asked["challenge"], "passkey": authenticator.get(asked["passkey"])}
    step_up(client, customer, **proof).ok()
    step_up(client, customer, **proof).refused(422, "validation_failed")


def test_passkey_without_a_challenge_steps_nobody_up(client: Api, customer: User) -> None:
    _, authenticator = enrolled_passkey(client, customer)
    options = client.post("/v1/auth/mfa/step-up/challenges", token=customer.token).ok()["passkey"]
    reply = step_up(client, customer, passkey=authenticator.get(options)).refused(422, "validation_failed")
    assert reply.wrong_fields == ["challenge"]


def test_challenge_of_another_session_user_or_purpose_steps_nobody_up(
    client: Api, customer: User, other_customer: User, at_time: AtTime
) -> None:
    at_time(timedelta())
    app = enrolled_app(client, customer)
    _, authenticator = enrolled_passkey(client, customer)
    enrolled_passkey(client, other_customer)
    at_time(timedelta(seconds=STEP))
    elsewhere = logged_in(client, customer, code=app.code())
    foreign = [
        client.post("/v1/auth/mfa/step-up/challenges", token=elsewhere.token).ok(),
        client.post("/v1/auth/mfa/step-up/challenges", token=other_customer.token).ok(),
        challenge_of(client, customer),
    ]
    for asked in foreign:
        proof = {"challenge": asked["challenge"], "passkey": authenticator.get(asked["passkey"])}
        reply = step_up(client, customer, **proof).refused(422, "validation_failed")
        assert reply.wrong_fields == ["challenge"]


def test_guesses_in_a_stolen_session_lock_the_app(client: Api, customer: User) -> None:
    app = enrolled_app(client, customer)
    for _ in range(5):
        step_up(client, customer, code=app.wrong_code()).refused(422, "mfa_incorrect")
    step_up(client, customer, code=app.code(1)).refused(422, "mfa_locked")
    assert len(items(type="login", user_id=customer.user_id, outcome="mfa_failed")) == 5


def test_session_ended_during_a_step_up_is_not_marked(client: Api, customer: User) -> None:
    app = enrolled_app(client, customer)
    with just_before("TransactWriteItems", lambda: client.post("/v1/auth/logout", {}, token=customer.token)):
        step_up(client, customer, code=app.code(1)).refused(401, "unauthorized")


def test_somebody_without_factors_cannot_step_up(client: Api, customer: User) -> None:
    step_up(client, customer, code="123456").refused(409, "conflict")
    client.post("/v1/auth/mfa/step-up/challenges", token=customer.token).refused(409, "conflict")


def test_recovery_code_steps_nobody_up(client: Api, customer: User) -> None:
    app = enrolled_app(client, customer)
    step_up(client, customer, recovery_code=app.recovery_codes[0]).refused(422, "validation_failed")


def test_factor_removed_after_its_use_is_asked_for_no_more(client: Api, admin: User, at_time: AtTime) -> None:
    """The session has used one, but its user has none any more."""
    at_time(timedelta())
    app = enrolled_app(client, admin)
    assert client.delete(f"/v1/auth/factors/{app.factor_id}", token=admin.token).status == 204
    at_time(timedelta(minutes=20))
    client.put("/v1/interest-rates/savings", RATE, token=refreshed(client, admin).token).ok()


@pytest.mark.parametrize("role", ["teller", "manager", "auditor", "admin"])
def test_staff_without_a_factor_may_only_enrol_one_where_it_is_required(
    client: Api, new_staff: Callable[[str], User], monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    user = new_staff(role)
    monkeypatch.setenv("MFA_REQUIRED", "staff")
    for path in ("/v1/customers", "/v1/accounts", "/v1/user/logins"):
        reply = client.get(path, token=user.token).refused(403, "mfa_enrolment_required")
        assert "POST /v1/auth/factors" in reply.json["detail"]
    client.get("/v1/user/profile", token=user.token).ok()
    assert own_factors(client, user)["data"] == []
    enrolled_app(client, user)
    client.get("/v1/accounts/closed", token=user.token).ok()


def test_session_may_do_all_as_soon_as_it_has_a_factor_whatever_the_gateway_remembers(
    client: Api, teller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """API Gateway keeps what the authorizer said for a minute: that this session has used no factor."""
    monkeypatch.setenv("MFA_REQUIRED", "staff")
    monkeypatch.setattr(authenticate, "principal_of", cache(authenticate.principal_of))
    client.get("/v1/customers", token=teller.token).refused(403, "mfa_enrolment_required")
    enrolled_app(client, teller)
    client.get("/v1/customers", token=teller.token).ok()


def test_customers_need_no_factor_where_staff_do(client: Api, customer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MFA_REQUIRED", "staff")
    with counted_calls() as calls:
        client.get("/v1/accounts", token=customer.token).ok()
    assert calls["GetItem"] <= 1, "the authorizer's"


def test_admin_whose_factors_were_removed_may_only_enrol_again(
    client: Api, admin: User, new_staff: Callable[[str], User], log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = new_staff("admin")
    enrolled_app(client, admin)
    enrolled_app(client, second)
    monkeypatch.setenv("MFA_REQUIRED", "staff")
    assert client.delete(f"/v1/users/{second.user_id}/factors", token=admin.token).status == 204
    again = log_in(second.email)
    client.get("/v1/users", token=again.token).refused(403, "mfa_enrolment_required")
    begun = enrol(client, again).ok(201)
    app = App(begun["id"], begun["secret"], [])
    assert len(confirm(client, again, app.factor_id, code=app.code()).ok()["recovery_codes"]) == 10
    client.get("/v1/users", token=again.token).ok()


def test_required_factor_must_be_used_again_after_fifteen_minutes(
    client: Api, admin: User, teller: User, at_time: AtTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MFA_REQUIRED", "staff")
    at_time(timedelta())
    app = enrolled_app(client, admin)
    at_time(timedelta(minutes=15))
    later = refreshed(client, admin)
    client.get("/v1/users", token=later.token).ok()
    client.patch(f"/v1/users/{teller.user_id}", {"role": "auditor"}, token=later.token).refused(
        403, "mfa_step_up_required"
    )
    token = challenge_of(client, admin)["challenge"]
    prove(client, token, code=app.code()).ok()
