"""Signing up, signing in and out, and the public keys."""

import json

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.identity.auth_schemas import (
    CHANGE_REQUESTED,
    RESET_REQUESTED,
    VERIFICATION_REQUESTED,
    ChangeEmail,
    ChangePassword,
    KeySet,
    LogIn,
    LogInTokensView,
    LogOut,
    Refresh,
    Register,
    Registered,
    Requested,
    RequestReset,
    ResetPassword,
    TokensView,
    VerifyEmail,
)
from chalicelib.handlers.identity.factor_schemas import ChallengeView, LogInAnswer
from chalicelib.services.crypto import bank_keys
from chalicelib.services.identity import email_change, email_verification, password_reset, sessions, sign_in, sign_up
from chalicelib.services.identity.attempt import Credentials
from chalicelib.services.identity.sessions import Tokens

JWKS_CACHED = {"Cache-Control": "public, max-age=300"}


@describe(
    "Register a customer",
    status=201,
    body=Register,
    answer=Registered,
    problems=("conflict", "too_many_attempts", "contention", "outcome_unknown"),
    limit="registrations",
)
def register(request: Request[Register, None]) -> Registered:
    """Creates a user and its customer. Each email address can register once: a known one returns `conflict`. That
    counts as a failed login of the network: after too many in a day it may register once a minute.
    """
    body = request.body
    person = body.model_dump(include={"first_name", "middle_name", "last_name", "phone", "date_of_birth"})
    address = body.address.model_dump() if body.address else None
    registration = sign_up.Registration(body.email, body.password, person, address)
    user = sign_up.register(request.caller, registration, request.source_ip)
    return Registered(user_id=user.id, customer_id=user.customer_id or "", email=request.body.email, role=user.role)


@describe(
    "Log in",
    body=LogIn,
    answer=LogInAnswer,
    problems=("unauthorized", "too_many_attempts", "contention", "outcome_unknown"),
)
def log_in(request: Request[LogIn, None]) -> LogInAnswer:
    """Returns an access token and a refresh token; to a user who has a second factor, a challenge for `POST
    /v1/auth/mfa`. Five failures from one network lock the email address, known or not, for that network: for fifteen
    minutes, then twice as long after each further failure. Many failures from all networks together lock it for devices
    that are not known. To be a known device, send the `device_token` of an earlier log-in. While the address is locked
    you get in with the password and, in the same request, a `code` or a `recovery_code`; whatever is wrong, the answer
    is `too_many_attempts`.
    """
    given = Credentials(
        email=request.body.email,
        password=request.body.password,
        device_token=request.body.device_token,
        source_ip=request.source_ip,
        user_agent=request.headers.get("user-agent", ""),
        proof=request.body.proof(),
    )
    admitted = sign_in.log_in(request.caller, given)
    return LogInAnswer(LogInTokensView.of(admitted) if isinstance(admitted, Tokens) else ChallengeView.of(admitted))


@describe(
    "Refresh tokens",
    body=Refresh,
    answer=TokensView,
    problems=("unauthorized", "contention", "outcome_unknown"),
)
def refresh(request: Request[Refresh, None]) -> TokensView:
    """Exchanges a refresh token for new tokens. Each refresh token works once. Using one again ends its session,
    because it may have been copied. If the response was lost, repeat the request from the same network within 30
    seconds: you get further tokens, and those of the lost response stop working.
    """
    return TokensView.of(sessions.refresh(request.caller, request.body.refresh_token, request.source_ip))


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
    """Ends your other sessions, and no device is known any more. A wrong current password counts as a failed login."""
    body = request.body
    sign_in.change_password(request.caller, body.current_password, body.new_password, request.source_ip)


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
    """Sets a new password with the code from the email. Ends all of the user's sessions, lifts a lockout, and makes
    all devices unknown. A code that is wrong, used, replaced or expired returns `validation_failed` for `token`.
    """
    password_reset.complete(request.caller, request.body.token, request.body.new_password, request.origin)


@describe(
    "Change your email address",
    status=202,
    body=ChangeEmail,
    answer=Requested,
    key="ignored",
    problems=("mfa_step_up_required", "conflict", "too_many_attempts", "contention", "outcome_unknown"),
)
def change_email(request: Request[ChangeEmail, None]) -> Requested:
    """Sends a code to the new address, and a notice to the present one. The new address replaces it when you send the
    code to `POST /v1/auth/email/verify`; your other sessions end then. Your present address as the new one takes the
    request back. A wrong current password counts as a failed login.
    """
    email_change.request(request.caller, request.body.email, request.body.current_password, request.source_ip)
    return Requested(detail=CHANGE_REQUESTED)


@describe("Request a code to verify your email address", status=202, answer=Requested, key="ignored")
def request_email_verification(request: Request[None, None]) -> Requested:
    """Sends a code to the email address that you log in with. It is valid for 24 hours; at most three are sent per
    hour. If the bank requires it (`EMAIL_VERIFICATION=on`), one is also sent after registering.
    """
    email_verification.request(request.caller)
    return Requested(detail=VERIFICATION_REQUESTED)


@describe(
    "Verify your email address",
    status=204,
    body=VerifyEmail,
    key="ignored",
    problems=("conflict", "contention", "outcome_unknown"),
)
def verify_email(request: Request[VerifyEmail, None]) -> None:
    """Verifies the email address that you log in with, or the new one that you asked for, by the code from the email.
    With `EMAIL_VERIFICATION=on`,
    customers cannot transfer or withdraw money before. A code that is wrong, used, replaced or expired returns
    `validation_failed` for `code`.
    """
    email_verification.verify(request.caller, request.body.code)


@describe("List public keys of access tokens", answer=KeySet)
def jwks(request: Request[None, None]) -> Answer:
    """Returns the keys that verify access tokens, as a JSON Web Key Set."""
    return Answer(json.dumps(bank_keys.jwks()), headers=JWKS_CACHED)
