"""Enrolling, listing and removing second factors, and what a thief tries who has a session or the tables."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.services.identity import sessions
from tests.api.helpers.bank import Api, AtTime, LogIn, User, counted_calls, items, revealed
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
from tests.api.helpers.mailbox import Mailbox
from tests.api.helpers.persons import exported
from tests.api.helpers.race import just_before
from tests.authenticator import Authenticator


def remove(client: Api, user: User, factor_id: str) -> int:
    return client.delete(f"/v1/auth/factors/{factor_id}", token=user.token).status


def test_app_is_enrolled_with_ten_recovery_codes(client: Api, customer: User) -> None:
    begun = enrol(client, customer, name="My phone").ok(201)
    assert begun["uri"].startswith("otpauth://totp/Florin:customer-")
    assert f"secret={begun['secret']}" in begun["uri"]
    assert begun["options"] is None
    assert own_factors(client, customer) == {"data": [], "recovery_codes_left": 0}
    app = App(begun["id"], begun["secret"], [])
    enrolled = confirm(client, customer, app.factor_id, code=app.code()).ok()
    assert enrolled["factor"]["name"] == "My phone"
    assert len(set(enrolled["recovery_codes"])) == 10
    found = own_factors(client, customer)
    assert found["data"] == [enrolled["factor"]]
    assert found["recovery_codes_left"] == 10


def test_nothing_of_a_factor_is_kept_in_plaintext(client: Api, customer: User) -> None:
    app = enrolled_app(client, customer)
    [item] = items(type="factor", id=app.factor_id)
    assert item["secret"].startswith("v1.")
    assert revealed(item)["secret"] == app.secret
    kept = str(items())
    assert app.secret not in kept
    assert not [code for code in app.recovery_codes if code in kept or code.replace("-", "") in kept]


def test_listing_factors_of_somebody_without_any_is_one_read(client: Api, customer: User) -> None:
    with counted_calls() as calls:
        own_factors(client, customer)
    assert calls == {"GetItem": 1 + 1}, "the authorizer's, and the user's"


@pytest.mark.parametrize("password", [None, "a wrong password"])
def test_first_factor_needs_the_password(client: Api, customer: User, password: str | None) -> None:
    """A stolen access token must not lock its user out."""
    reply = enrol(client, customer, current_password=password).refused(422, "validation_failed")
    assert reply.wrong_fields == ["current_password"]
    assert not items(type="factor")


def test_guesses_at_the_password_count_as_log_ins(client: Api, customer: User) -> None:
    for _ in range(5):
        enrol(client, customer, current_password="a wrong password").refused(422, "validation_failed")
    enrol(client, customer).refused(429, "too_many_attempts")


def test_wrong_code_confirms_nothing_and_five_lock(client: Api, customer: User) -> None:
    begun = enrol(client, customer).ok(201)
    app = App(begun["id"], begun["secret"], [])
    for _ in range(5):
        confirm(client, customer, app.factor_id, code=app.wrong_code()).refused(422, "mfa_incorrect")
    confirm(client, customer, app.factor_id, code=app.code()).refused(422, "mfa_locked")
    assert own_factors(client, customer)["data"] == []
    enrolled_app(client, customer)


def test_enrolment_ends_after_fifteen_minutes(client: Api, customer: User, log_in: LogIn, at_time: AtTime) -> None:
    at_time(timedelta())
    begun = enrol(client, customer).ok(201)
    at_time(timedelta(minutes=14, seconds=59))
    assert len(items(type="factor")) == 1
    at_time(timedelta(minutes=15))
    token = client.post("/v1/auth/refresh", {"refresh_token": customer.refresh_token}).ok()["access_token"]
    app = App(begun["id"], begun["secret"], [])
    confirm(client, replace(customer, token=token), app.factor_id, code=app.code()).refused(409, "conflict")


def test_factor_is_confirmed_once(client: Api, customer: User) -> None:
    app = enrolled_app(client, customer)
    confirm(client, customer, app.factor_id, code=app.code(1)).refused(409, "conflict")


def test_factor_is_confirmed_in_the_session_that_asked_for_it(client: Api, customer: User, log_in: LogIn) -> None:
    begun = enrol(client, customer).ok(201)
    app = App(begun["id"], begun["secret"], [])
    elsewhere = log_in(customer.email)
    confirm(client, elsewhere, app.factor_id, code=app.code()).refused(404, "not_found")


def test_first_factor_ends_the_other_sessions(client: Api, customer: User, log_in: LogIn) -> None:
    """They have used none, and one of them may be a thief's."""
    elsewhere = log_in(customer.email)
    enrolled_app(client, customer)
    client.get("/v1/user/profile", token=elsewhere.token).refused(401, "unauthorized")
    client.get("/v1/user/profile", token=customer.token).ok()
    ended = [item["ended_because"] for item in items(type="session", user_id=customer.user_id, status="ended")]
    assert ended == ["second factor enrolled"]


def test_session_that_was_left_over_is_not_refreshed(
    client: Api, customer: User, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request that enrolled the factor was cut short before it had ended the other sessions."""
    elsewhere = log_in(customer.email)
    with monkeypatch.context() as patch:
        patch.setattr(sessions, "end_all", lambda *_, **__: None)
        enrolled_app(client, customer)
    client.post("/v1/auth/refresh", {"refresh_token": elsewhere.refresh_token}).refused(401, "unauthorized")
    client.post("/v1/auth/refresh", {"refresh_token": customer.refresh_token}).ok()


def test_enrolment_begun_before_a_factor_needs_that_factor_to_be_confirmed(
    client: Api, customer: User, at_time: AtTime
) -> None:
    """Whoever has stolen the session, and begun to enrol before, gains nothing by it later."""
    at_time(timedelta())
    early = enrol(client, customer).ok(201)
    enrolled_app(client, customer)
    at_time(timedelta(minutes=14, seconds=50))
    pending = enrol(client, customer).ok(201)
    at_time(timedelta(minutes=16))
    token = client.post("/v1/auth/refresh", {"refresh_token": customer.refresh_token}).ok()["access_token"]
    stolen = replace(customer, token=token)
    confirm(client, stolen, early["id"], code="123456").refused(409, "conflict")
    app = App(pending["id"], pending["secret"], [])
    confirm(client, stolen, app.factor_id, code=app.code()).refused(403, "mfa_step_up_required")
    enrol(client, stolen).refused(403, "mfa_step_up_required")


def test_another_app_takes_the_place_of_the_one_before(client: Api, customer: User) -> None:
    old = enrolled_app(client, customer)
    begun = enrol(client, customer, current_password=None).ok(201)
    new = App(begun["id"], begun["secret"], [])
    assert confirm(client, customer, new.factor_id, code=new.code()).ok()["recovery_codes"] is None
    assert [one["id"] for one in own_factors(client, customer)["data"]] == [new.factor_id]
    [item] = items(type="factor", id=old.factor_id)
    assert (item["status"], item.get("secret")) == ("withdrawn", None)
    token = challenge_of(client, customer)["challenge"]
    prove(client, token, code=old.code(1)).refused(422, "mfa_incorrect")
    prove(client, token, code=new.code(1)).ok()


def test_two_confirmations_at_once_make_one_factor(client: Api, customer: User) -> None:
    first, second = (enrol(client, customer).ok(201) for _ in range(2))
    one, other = (App(begun["id"], begun["secret"], []) for begun in (first, second))
    with just_before("TransactWriteItems", lambda: confirm(client, customer, one.factor_id, code=one.code()).ok()):
        confirm(client, customer, other.factor_id, code=other.code()).refused(409, "conflict")
    assert [found["id"] for found in own_factors(client, customer)["data"]] == [one.factor_id]


def test_passkey_is_enrolled(client: Api, customer: User) -> None:
    app = enrolled_app(client, customer)
    begun = enrol(client, customer, "passkey", name="Key", current_password=None).ok(201)
    options = begun["options"]
    assert (begun["secret"], begun["uri"]) == (None, None)
    assert options["rp"] == {"id": "localhost", "name": "Florin"}
    assert options["user"]["name"] == customer.email
    confirm(client, customer, begun["id"], passkey=Authenticator().create(options)).ok()
    assert [(one["id"], one["type"]) for one in own_factors(client, customer)["data"]] == [
        (app.factor_id, "totp"),
        (begun["id"], "passkey"),
    ]
    known = enrol(client, customer, "passkey", current_password=None).ok(201)["options"]["excludeCredentials"]
    assert len(known) == 1


def test_passkey_of_elsewhere_is_not_enrolled(client: Api, customer: User) -> None:
    begun, other = (enrol(client, customer, "passkey").ok(201) for _ in range(2))
    options, made = begun["options"], Authenticator()
    for wrong in (
        made.create(options, origin="https://florin.evil.example"),
        made.create(options, domain="evil.example"),
        made.create(options, kind="get"),
        made.create(other["options"]),
        {},
        {"id": "x"},
    ):
        confirm(client, customer, begun["id"], passkey=wrong).refused(422, "mfa_incorrect")
    assert own_factors(client, customer)["data"] == []


def test_app_is_not_confirmed_by_a_passkey_nor_vice_versa(client: Api, customer: User) -> None:
    app, key = enrol(client, customer).ok(201), enrol(client, customer, "passkey").ok(201)
    assert confirm(client, customer, app["id"], passkey={}).refused(422, "validation_failed").wrong_fields == ["code"]
    reply = confirm(client, customer, key["id"], code="123456").refused(422, "validation_failed")
    assert reply.wrong_fields == ["passkey"]


def test_eleventh_passkey_is_refused(client: Api, customer: User) -> None:
    for _ in range(10):
        enrolled_passkey(client, customer)
    enrol(client, customer, "passkey").refused(409, "conflict")


def test_bank_without_a_domain_offers_no_passkeys(client: Api, customer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSKEY_DOMAIN", "")
    enrol(client, customer, "passkey").refused(409, "conflict")


def test_factors_are_ones_own(client: Api, customer: User, other_customer: User) -> None:
    app, begun = enrolled_app(client, customer), enrol(client, customer, current_password=None).ok(201)
    enrolled_app(client, other_customer)
    assert remove(client, other_customer, app.factor_id) == 404
    code = App(begun["id"], begun["secret"], []).code()
    confirm(client, other_customer, begun["id"], code=code).refused(404, "not_found")
    assert len(own_factors(client, other_customer)["data"]) == 1
    assert own_factors(client, customer)["data"][0]["id"] == app.factor_id


def test_last_factor_is_removed_with_the_recovery_codes(client: Api, customer: User) -> None:
    app = enrolled_app(client, customer)
    assert remove(client, customer, app.factor_id) == 204
    assert own_factors(client, customer) == {"data": [], "recovery_codes_left": 0}
    assert "hashes" not in items(type="recovery_codes")[0]
    tokens = client.post("/v1/auth/login", {"email": customer.email, "password": customer.password}).ok()
    assert "access_token" in tokens
    assert remove(client, customer, app.factor_id) == 404


def test_codes_from_before_the_last_factor_was_removed_are_worth_nothing(client: Api, customer: User) -> None:
    old = enrolled_app(client, customer)
    assert remove(client, customer, old.factor_id) == 204
    new = enrolled_app(client, customer)
    assert set(old.recovery_codes).isdisjoint(new.recovery_codes)
    token = challenge_of(client, customer)["challenge"]
    prove(client, token, recovery_code=old.recovery_codes[0]).refused(422, "mfa_incorrect")


def test_removing_a_factor_needs_one_used_lately(client: Api, customer: User, at_time: AtTime) -> None:
    at_time(timedelta())
    app = enrolled_app(client, customer)
    at_time(timedelta(minutes=15))
    token = client.post("/v1/auth/refresh", {"refresh_token": customer.refresh_token}).ok()["access_token"]
    stolen = replace(customer, token=token)
    assert remove(client, stolen, app.factor_id) == 403
    client.post("/v1/auth/recovery-codes", token=token).refused(403, "mfa_step_up_required")
    step_up(client, stolen, code=app.code()).ok()
    assert remove(client, stolen, app.factor_id) == 204


def test_new_recovery_codes_take_the_place_of_the_old_ones(client: Api, customer: User) -> None:
    app = enrolled_app(client, customer)
    codes = client.post("/v1/auth/recovery-codes", token=customer.token).ok(201)["recovery_codes"]
    token = challenge_of(client, customer)["challenge"]
    prove(client, token, recovery_code=app.recovery_codes[0]).refused(422, "mfa_incorrect")
    logged_in(client, customer, recovery_code=codes[9])


def test_recovery_codes_come_with_a_factor_only(client: Api, customer: User) -> None:
    client.post("/v1/auth/recovery-codes", token=customer.token).refused(409, "conflict")


def test_staff_keep_their_last_factor_where_one_is_required(
    client: Api, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MFA_REQUIRED", "staff")
    app = enrolled_app(client, manager)
    assert remove(client, manager, app.factor_id) == 409
    factor_id, _ = enrolled_passkey(client, manager)
    assert remove(client, manager, app.factor_id) == 204
    assert remove(client, manager, factor_id) == 409


def test_two_removals_at_once_leave_staff_one_factor(
    client: Api, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MFA_REQUIRED", "staff")
    app = enrolled_app(client, manager)
    factor_id, _ = enrolled_passkey(client, manager)
    done: list[int] = []
    with just_before("TransactWriteItems", lambda: done.append(remove(client, manager, app.factor_id))):
        assert remove(client, manager, factor_id) == 409
    assert done == [204]
    assert len(own_factors(client, manager)["data"]) == 1


def test_admin_removes_the_factors_of_another_user(client: Api, admin: User, manager: User, log_in: LogIn) -> None:
    enrolled_app(client, manager)
    enrolled_passkey(client, manager)
    path = f"/v1/users/{manager.user_id}/factors"
    assert client.delete(path, token=admin.token).status == 204
    client.get("/v1/user/profile", token=manager.token).refused(401, "unauthorized")
    [user] = items(type="user", id=manager.user_id)
    assert (user["updated_by"], user.get("factors")) == (admin.user_id, None)
    assert {one["status"] for one in items(type="factor", user_id=manager.user_id)} == {"withdrawn"}
    assert own_factors(client, log_in(manager.email)) == {"data": [], "recovery_codes_left": 0}
    assert client.delete(path, token=admin.token).status == 204


def test_admin_with_a_factor_needs_it_to_remove_anothers(
    client: Api, admin: User, manager: User, at_time: AtTime
) -> None:
    at_time(timedelta())
    app = enrolled_app(client, admin)
    enrolled_app(client, manager)
    at_time(timedelta(minutes=15))
    token = client.post("/v1/auth/refresh", {"refresh_token": admin.refresh_token}).ok()["access_token"]
    path = f"/v1/users/{manager.user_id}/factors"
    client.delete(path, token=token).refused(403, "mfa_step_up_required")
    step_up(client, replace(admin, token=token), code=app.code()).ok()
    assert client.delete(path, token=token).status == 204


def test_nobody_removes_own_factors_as_an_admin(client: Api, admin: User) -> None:
    enrolled_app(client, admin)
    client.delete(f"/v1/users/{admin.user_id}/factors", token=admin.token).refused(409, "conflict")


@pytest.mark.parametrize("role", ["teller", "manager", "auditor"])
def test_only_admins_remove_factors(client: Api, customer: User, new_staff: Callable[[str], User], role: str) -> None:
    path = f"/v1/users/{customer.user_id}/factors"
    client.delete(path, token=new_staff(role).token).refused(403, "forbidden")


def test_admin_disabled_meanwhile_removes_nothing(
    client: Api, admin: User, manager: User, new_staff: Callable[[str], User]
) -> None:
    second = new_staff("admin")
    app = enrolled_app(client, manager)
    disable = {"status": "disabled"}
    with just_before(
        "TransactWriteItems",
        lambda: client.patch(f"/v1/users/{second.user_id}", disable, token=admin.token).ok(),
    ):
        client.delete(f"/v1/users/{manager.user_id}/factors", token=second.token).refused(403, "forbidden")
    again = logged_in(client, manager, code=app.code(1))
    assert own_factors(client, again)["data"][0]["id"] == app.factor_id


def test_user_is_told_of_changes_by_mail(client: Api, customer: User, mailbox: Mailbox) -> None:
    app = enrolled_app(client, customer)
    [text] = mailbox.sent_to(customer.email)
    assert "second factor" in text
    assert app.secret not in text


def test_no_secret_of_a_factor_is_exported_or_logged(
    client: Api, customer: User, manager: User, log: io.StringIO
) -> None:
    """Managers export what the bank holds of a customer: with the secret of the app, they could be the customer."""
    app = enrolled_app(client, customer)
    pending = enrol(client, customer, current_password=None).ok(201)
    step_up(client, customer, code=app.wrong_code()).refused(422, "mfa_incorrect")
    logged_in(client, customer, recovery_code=app.recovery_codes[0])
    by_kind = list(exported(client, manager, customer.customer_id))
    assert [data["name"] for kind, data in by_kind if kind == "factor"] == ["Phone", "Phone"]
    text = str(by_kind) + log.getvalue()
    secrets = [app.secret, pending["secret"], *app.recovery_codes]
    assert not [secret for secret in secrets if secret in text or secret.replace("-", "") in text]


def test_erasure_takes_what_is_personal_of_factors(client: Api, customer: User) -> None:
    app = enrolled_app(client, customer)
    factor_id, _ = enrolled_passkey(client, customer)
    client.delete(f"/v1/customers/{customer.customer_id}", token=customer.token).ok()
    for one in (app.factor_id, factor_id):
        [item] = items(type="factor", id=one)
        assert not {"secret", "name", "credential_id", "public_key"} & item.keys()
    assert "hashes" not in items(type="recovery_codes")[0]


def test_code_is_used_up_for_all_purposes(client: Api, customer: User, at_time: AtTime) -> None:
    at_time(timedelta())
    app = enrolled_app(client, customer)
    at_time(timedelta(seconds=STEP))
    code = app.code()
    step_up(client, customer, code=code).ok()
    prove(client, challenge_of(client, customer)["challenge"], code=code).refused(422, "mfa_incorrect")
