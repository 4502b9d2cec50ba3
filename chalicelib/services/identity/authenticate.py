"""Authentication by access token: it is valid while its session is, which takes one read."""

from dataclasses import replace

from chalicelib import clock
from chalicelib.domain.errors import Unauthorized
from chalicelib.domain.permissions import METRICS
from chalicelib.models.identity.session import Session, require_running
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
    if principal.role == METRICS:
        if principal.session_id != tokens.metrics_session():
            raise Unauthorized(tokens.REFUSED)
        return principal
    session = require_session(principal.user_id, principal.session_id)
    factor_used = session.factor_used_at is not None
    return replace(principal, email_verified=session.email_verified, factor_used=factor_used)


def require_session(user_id: str, session_id: str | None) -> Session:
    """Return the session. Raises Unauthorized unless it is active at this moment."""
    return require_running(Session.by_id(user_id, session_id) if session_id else None, clock.now())
