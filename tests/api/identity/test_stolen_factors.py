"""A thief with password and factor, whose session must not outlive the factor in it."""

from collections.abc import Callable

import pytest

from tests.api.helpers.bank import Api, User, items
from tests.api.helpers.factors import App, confirm, enrol, enrolled_app, enrolled_passkey, logged_in, own_factors


@pytest.fixture
def app(client: Api, customer: User) -> App:
    """The owner has an app and a passkey."""
    app = enrolled_app(client, customer)
    enrolled_passkey(client, customer)
    return app


def remove_app(client: Api, owner: User, app: App) -> None:
    assert client.delete(f"/v1/auth/factors/{app.factor_id}", token=owner.token).status == 204


def replace_app(client: Api, owner: User, app: App) -> None:
    begun = enrol(client, owner, current_password=None).ok(201)
    new = App(begun["id"], begun["secret"], [])
    confirm(client, owner, new.factor_id, code=new.code()).ok()


def renew_codes(client: Api, owner: User, app: App) -> None:
    client.post("/v1/auth/recovery-codes", token=owner.token).ok(201)


@pytest.mark.parametrize(
    ("stolen", "take_away"), [("app", remove_app), ("app", replace_app), ("recovery code", renew_codes)]
)
def test_session_that_has_used_a_stolen_factor_ends_when_that_is_taken_away(
    client: Api, customer: User, app: App, stolen: str, take_away: Callable[[Api, User, App], None]
) -> None:
    """Its step-up would otherwise enrol the thief's own factor for fifteen minutes more."""
    proof = {"code": app.code(1)} if stolen == "app" else {"recovery_code": app.recovery_codes[0]}
    thief = logged_in(client, customer, **proof)
    pending = enrol(client, thief, current_password=None).ok(201)
    take_away(client, customer, app)
    enrol(client, thief, "passkey", current_password=None).refused(401, "unauthorized")
    code = App(pending["id"], pending["secret"], []).code()
    confirm(client, thief, pending["id"], code=code).refused(401, "unauthorized")
    client.post("/v1/auth/refresh", {"refresh_token": thief.refresh_token}).refused(401, "unauthorized")
    assert pending["id"] not in [one["id"] for one in own_factors(client, customer)["data"]]
    [ended] = items(type="session", status="ended")
    assert ended["ended_because"] in ("second factor removed", "second factor enrolled", "recovery codes renewed")


def test_another_factor_beside_the_first_ends_no_session(client: Api, customer: User) -> None:
    """It takes nothing away, so nobody has to log in again."""
    app = enrolled_app(client, customer)
    other = logged_in(client, customer, code=app.code(1))
    enrolled_passkey(client, customer)
    client.get("/v1/user/profile", token=other.token).ok()
