"""Signing up, signing in and out, and the public keys."""

import json

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.identity.auth_schemas import (
    RESET_REQUESTED,
    ChangePassword,
    KeySet,
    LogIn,
    LogOut,
    Refresh,
    Register,
    Registered,
    Requested,
    RequestReset,
    ResetPassword,
    TokensView,
)
from chalicelib.handlers.identity.factor_schemas import ChallengeView, LogInAnswer
from chalicelib.services.crypto import bank_keys
from chalicelib.services.identity import password_reset, sessions, sign_in, sign_up
from chalicelib.services.identity.sessions import Tokens
from chalicelib.services.identity.sign_in import Credentials

JWKS_CACHED = {"Cache-Control": "public, max-age=300"}


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
    answer=LogInAnswer,
    problems=("unauthorized", "too_many_attempts", "contention", "outcome_unknown"),
)
def log_in(request: Request[LogIn, None]) -> LogInAnswer:
    """Returns an access token and a refresh token; to a user who has a second factor, a challenge for `POST
    /v1/auth/mfa`. Five failures within fifteen minutes lock the email address, known or not, until the first failure
    is fifteen minutes old.
    """
    given = Credentials(
        email=request.body.email,
        password=request.body.password,
        source_ip=request.source_ip,
        user_agent=request.headers.get("user-agent", ""),
    )
    admitted = sign_in.log_in(request.caller, given)
    return LogInAnswer(TokensView.of(admitted) if isinstance(admitted, Tokens) else ChallengeView.of(admitted))


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
    """Ends the session, or all of your sessions with `everywhere`. Their tokens change nothing from then on, and read
    nothing after 60 seconds.
    """
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
