"""Authentication by access token: it is valid while its session is, which takes one read."""

from dataclasses import replace

from chalicelib import clock
from chalicelib.domain.errors import Unauthorized
from chalicelib.models.identity.session import Session
from chalicelib.services.identity import tokens
from chalicelib.services.identity.tokens import Principal


def principal_of(authorization: str) -> Principal:
    """Return the principal of an Authorization header.

    Raises Unauthorized unless it has a valid bearer token of an active session: neither the session has ended nor is
    its user disabled.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorized("Send a valid access token as Authorization: Bearer …")
    principal = tokens.verify(token.strip())
    session = Session.by_id(principal.user_id, principal.session_id)
    if session is None or not session.is_running(clock.now()):
        raise Unauthorized("Your session has ended. Log in again.")
    return replace(principal, factor_used=session.factor_used_at is not None)
