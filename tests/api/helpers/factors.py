"""People with second factors: what tests ask of the API in nearly the same words."""

from dataclasses import dataclass, replace

import jwt
import pyotp

from chalicelib import clock
from tests.api.helpers.bank import Api, Json, Reply, User
from tests.authenticator import Authenticator

STEP = 30
"""Seconds for which an app shows a code."""


@dataclass(frozen=True)
class App:
    """An authenticator app. `recovery_codes` are those that came with it."""

    factor_id: str
    secret: str
    recovery_codes: list[str]

    def code(self, steps: int = 0) -> str:
        """Return the code that the app shows now, or so many steps later."""
        return pyotp.TOTP(self.secret).at(int(clock.now().timestamp()), counter_offset=steps)

    def wrong_code(self) -> str:
        """Return six digits that are no code of the app around now."""
        right = {self.code(steps) for steps in (-1, 0, 1)}
        return next(code for code in ("000000", "111111", "222222", "333333") if code not in right)


def enrol(client: Api, user: User, kind: str = "totp", **also: object) -> Reply:
    """Ask to enrol a factor, with the password."""
    body = {"type": kind, "name": "Phone", "current_password": user.password, **also}
    return client.post("/v1/auth/factors", body, token=user.token)


def confirm(client: Api, user: User, factor_id: str, **proof: object) -> Reply:
    return client.post(f"/v1/auth/factors/{factor_id}/confirm", proof, token=user.token)


def enrolled_app(client: Api, user: User) -> App:
    """Enrol an app, whose code of now is used up by that."""
    begun = enrol(client, user).ok(201)
    app = App(begun["id"], begun["secret"], [])
    codes = confirm(client, user, app.factor_id, code=app.code()).ok()["recovery_codes"]
    return replace(app, recovery_codes=codes or [])


def enrolled_passkey(client: Api, user: User) -> tuple[str, Authenticator]:
    """Enrol a passkey, and return the factor's id."""
    begun = enrol(client, user, "passkey").ok(201)
    authenticator = Authenticator()
    confirm(client, user, begun["id"], passkey=authenticator.create(begun["options"])).ok()
    return begun["id"], authenticator


def challenge_of(client: Api, user: User) -> Json:
    """Log in with the password of somebody who has a factor."""
    found: Json = client.post("/v1/auth/login", {"email": user.email, "password": user.password}).ok()
    assert found["mfa_required"] is True
    return found


def prove(client: Api, challenge: str, **proof: object) -> Reply:
    return client.post("/v1/auth/mfa", {"challenge": challenge, **proof})


def logged_in(client: Api, user: User, **proof: object) -> User:
    """Log in with password and factor."""
    tokens = prove(client, challenge_of(client, user)["challenge"], **proof).ok()
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert claims["sub"] == user.user_id
    return replace(user, token=tokens["access_token"], refresh_token=tokens["refresh_token"])


def step_up(client: Api, user: User, **proof: object) -> Reply:
    return client.post("/v1/auth/mfa/step-up", proof, token=user.token)


def own_factors(client: Api, user: User) -> Json:
    found: Json = client.get("/v1/auth/factors", token=user.token).ok()
    return found
