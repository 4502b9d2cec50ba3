"""Signing up, signing in and out, and the public keys."""

import json
from typing import ClassVar

from pydantic import Field

from chalicelib.handlers.door import Answer, describe
from chalicelib.handlers.person_shapes import BirthDate, Email, NewAddress, NewPassword, Password, Phone
from chalicelib.handlers.request import Request
from chalicelib.handlers.shapes import Line, Name, Shape, View
from chalicelib.services import keys, sessions, sign_in, sign_up
from chalicelib.services.sessions import Tokens
from chalicelib.services.sign_in import Credentials

JWKS_CACHED = {"Cache-Control": "public, max-age=300"}


class Register(Shape):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"password"})

    email: Email
    password: NewPassword
    first_name: Name = Field(examples=["Ada"])
    last_name: Name = Field(examples=["Lovelace"])
    middle_name: Name | None = None
    phone: Phone | None = None
    date_of_birth: BirthDate | None = None
    address: NewAddress | None = None


class Registered(View):
    user_id: str
    customer_id: str
    email: str
    role: str = Field(examples=["customer"])


class LogIn(Shape):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"password"})

    email: Email
    password: Password


class TokensView(View):
    access_token: str = Field(description="A JSON Web Token: send it as Authorization: Bearer …")
    refresh_token: str = Field(description="Good once, for new tokens")
    token_type: str = Field(default="Bearer", examples=["Bearer"])
    expires_in: int = Field(description="Seconds that the access token lives", examples=[900])

    @classmethod
    def of(cls, tokens: Tokens) -> "TokensView":
        return cls(
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token,
            expires_in=tokens.expires_in_seconds,
        )


class Refresh(Shape):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"refresh_token"})

    refresh_token: Line


class LogOut(Shape):
    everywhere: bool = False


class ChangePassword(Shape):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"current_password", "new_password"})

    current_password: Password
    new_password: NewPassword


class Key(View):
    kty: str
    crv: str
    x: str
    kid: str
    use: str
    alg: str


class KeySet(View):
    """A JSON Web Key Set (RFC 7517)."""

    keys: list[Key]


@describe(
    "Become a customer",
    status=201,
    body=Register,
    answer=Registered,
    problems=("conflict", "contention", "outcome_unknown"),
)
def register(request: Request[Register, None]) -> Registered:
    """Makes a user and its customer. An e-mail address serves once: a known one is a `conflict`."""
    body = request.body
    person = body.model_dump(include={"first_name", "middle_name", "last_name", "phone", "date_of_birth"})
    address = body.address.model_dump() if body.address else None
    registration = sign_up.Registration(body.email, body.password, person, address)
    user = sign_up.register(request.caller, registration)
    return Registered(user_id=user.id, customer_id=user.customer_id or "", email=request.body.email, role=user.role)


@describe(
    "Log in",
    body=LogIn,
    answer=TokensView,
    problems=("unauthorized", "too_many_attempts", "contention", "outcome_unknown"),
)
def log_in(request: Request[LogIn, None]) -> TokensView:
    """Five failures in fifteen minutes lock an address, known or not, until the first is fifteen minutes old."""
    given = Credentials(
        email=request.body.email,
        password=request.body.password,
        source_ip=request.source_ip,
        user_agent=request.headers.get("user-agent", ""),
    )
    return TokensView.of(sign_in.log_in(request.caller, given))


@describe(
    "Exchange a refresh token for new tokens",
    body=Refresh,
    answer=TokensView,
    problems=("unauthorized", "contention", "outcome_unknown"),
)
def refresh(request: Request[Refresh, None]) -> TokensView:
    """Each refresh token is good once; using one again ends its session, for somebody must have copied it."""
    return TokensView.of(sessions.refresh(request.caller, request.body.refresh_token))


@describe("Log out", status=204, body=LogOut, key="ignored")
def log_out(request: Request[LogOut, None]) -> None:
    """Ends the session, or with `everywhere` all of the caller's. The API refuses its tokens within 60 seconds."""
    caller = request.caller
    if request.body.everywhere:
        sessions.end_all(caller, caller.user_id, "logged out everywhere")
    else:
        sessions.end(caller, caller.session_id or "")


@describe(
    "Change one's password",
    status=204,
    body=ChangePassword,
    key="ignored",
    problems=("too_many_attempts", "contention", "outcome_unknown"),
)
def change_password(request: Request[ChangePassword, None]) -> None:
    """Ends the caller's other sessions. A wrong present password counts as a failed log-in."""
    sign_in.change_password(request.caller, request.body.current_password, request.body.new_password)


@describe("The public keys that access tokens are signed with", answer=KeySet)
def jwks(request: Request[None, None]) -> Answer:
    """Whoever is sent an access token can check it with these."""
    return Answer(json.dumps(keys.jwks()), headers=JWKS_CACHED)
