"""Signing up, signing in and out, and the public keys."""

import json
from typing import ClassVar, Literal

from pydantic import Field

from chalicelib.handlers.customers.person_schemas import (
    BirthDate,
    Email,
    FirstName,
    KnownEmail,
    NewAddress,
    NewPassword,
    Password,
    PersonName,
    Phone,
)
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Line, Schema, View
from chalicelib.services.crypto import bank_keys
from chalicelib.services.identity import password_reset, sessions, sign_in, sign_up
from chalicelib.services.identity.sessions import Tokens
from chalicelib.services.identity.sign_in import Credentials

RESET_REQUESTED = "If this email address is registered, a code for a new password is on its way to it."
JWKS_CACHED = {"Cache-Control": "public, max-age=300"}


class Register(Schema):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"password"})

    email: Email
    password: NewPassword
    first_name: FirstName = Field(default=None, examples=["Ada"])
    last_name: PersonName = Field(examples=["Lovelace"])
    middle_name: PersonName | None = None
    phone: Phone | None = None
    date_of_birth: BirthDate | None = None
    address: NewAddress | None = None


class Registered(View):
    user_id: str
    customer_id: str
    email: str
    role: str = Field(examples=["customer"])


class LogIn(Schema):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"password"})

    email: KnownEmail
    password: Password


class TokensView(View):
    access_token: str = Field(description="A JSON Web Token: send it as Authorization: Bearer …")
    refresh_token: str = Field(description="Can be exchanged for new tokens once")
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="Seconds until the access token expires", examples=[900])

    @classmethod
    def of(cls, tokens: Tokens) -> "TokensView":
        return cls(
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token,
            token_type="Bearer",  # noqa: S106 — a scheme, no password
            expires_in=tokens.expires_in_seconds,
        )


class Refresh(Schema):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"refresh_token"})

    refresh_token: Line


class LogOut(Schema):
    everywhere: bool = False


class ChangePassword(Schema):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"current_password", "new_password"})

    current_password: Password
    new_password: NewPassword


class RequestReset(Schema):
    email: KnownEmail


class Requested(View):
    detail: str = Field(examples=[RESET_REQUESTED])


class ResetPassword(Schema):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"token", "new_password"})

    token: Line = Field(description="The code from the email")
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
    "Register a customer",
    status=201,
    body=Register,
    answer=Registered,
    problems=("conflict", "contention", "outcome_unknown"),
)
def register(request: Request[Register, None]) -> Registered:
    """Creates a user and its customer. Each email address can register once: a known one returns `conflict`."""
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
    """Returns an access token and a refresh token. Five failures within fifteen minutes lock the email address,
    known or not, until the first failure is fifteen minutes old.
    """
    given = Credentials(
        email=request.body.email,
        password=request.body.password,
        source_ip=request.source_ip,
        user_agent=request.headers.get("user-agent", ""),
    )
    return TokensView.of(sign_in.log_in(request.caller, given))


@describe(
    "Refresh tokens",
    body=Refresh,
    answer=TokensView,
    problems=("unauthorized", "contention", "outcome_unknown"),
)
def refresh(request: Request[Refresh, None]) -> TokensView:
    """Exchanges a refresh token for new tokens. Each refresh token works once. Using one again ends its session,
    because it may have been copied.
    """
    return TokensView.of(sessions.refresh(request.caller, request.body.refresh_token))


@describe("Log out", status=204, body=LogOut, key="ignored")
def log_out(request: Request[LogOut, None]) -> None:
    """Ends the session, or all of your sessions with `everywhere`. The API refuses their tokens within 60 seconds."""
    sessions.log_out(request.caller, request.origin, everywhere=request.body.everywhere)


@describe(
    "Change your password",
    status=204,
    body=ChangePassword,
    key="ignored",
    problems=("too_many_attempts", "contention", "outcome_unknown"),
)
def change_password(request: Request[ChangePassword, None]) -> None:
    """Ends your other sessions. A wrong current password counts as a failed login."""
    sign_in.change_password(request.caller, request.body.current_password, request.body.new_password)


@describe("Request a password reset code", status=202, body=RequestReset, answer=Requested)
def request_password_reset(request: Request[RequestReset, None]) -> Requested:
    """Sends a code to the email address. It is valid for 30 minutes; at most three are sent per hour. The response
    is the same whether or not the address is registered.
    """
    password_reset.request(request.caller, request.body.email)
    return Requested(detail=RESET_REQUESTED)


@describe(
    "Reset a password",
    status=204,
    body=ResetPassword,
    problems=("contention", "outcome_unknown"),
)
def reset_password(request: Request[ResetPassword, None]) -> None:
    """Sets a new password with the code from the email. Ends all of the user's sessions and lifts a lockout. A code
    that is wrong, used, replaced or expired returns `validation_failed` for `token`.
    """
    password_reset.complete(request.caller, request.body.token, request.body.new_password, request.origin)


@describe("List public keys of access tokens", answer=KeySet)
def jwks(request: Request[None, None]) -> Answer:
    """Returns the keys that verify access tokens, as a JSON Web Key Set."""
    return Answer(json.dumps(bank_keys.jwks()), headers=JWKS_CACHED)
