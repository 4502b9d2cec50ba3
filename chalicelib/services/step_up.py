"""Step-up: some actions need a second factor that was used in this session within the last fifteen minutes.

Every capability may require it; `identity/factor_use.py` is how a session gets there.
"""

from datetime import datetime

from chalicelib import clock, config
from chalicelib.domain.errors import MfaEnrolmentRequired, MfaStepUpRequired, Unauthorized
from chalicelib.domain.identity import second_factor
from chalicelib.domain.permissions import Caller
from chalicelib.models.identity.session import Session
from chalicelib.models.identity.user import User

ENDED = "Your session has ended. Log in again."
STEP_UP = (
    "This needs a second factor that you have used within 15 minutes. Send a code to POST /v1/auth/mfa/step-up, then "
    "repeat this request."
)
ENROL = (
    "Your role needs a second factor, and this session has used none. Enrol one with POST /v1/auth/factors, or use the "
    "one that you have with POST /v1/auth/mfa/step-up. Then repeat this request."
)


def require(caller: Caller) -> None:
    """Raise MfaStepUpRequired unless the caller has used a factor in this session within fifteen minutes.

    This holds for callers who have a factor, and where `MFA_REQUIRED` demands one of their role. It reads nothing for
    anybody else. A caller without a session is the bank itself, or carries out what was approved: it is not asked.
    """
    if caller.session_id is None or not (caller.factor_used or is_required(caller)):
        return
    user, session = read_session(caller)
    if user.factors:
        require_fresh(session, clock.now())
    elif is_required(caller):
        raise MfaEnrolmentRequired(ENROL)


def require_factor(caller: Caller) -> None:
    """Raise MfaEnrolmentRequired where the caller's role needs a factor and the session has never used one.

    What the authorizer said is up to a minute old, so the session is read before anything is refused.
    """
    if caller.session_id is None or caller.factor_used or not is_required(caller):
        return
    _, session = read_session(caller)
    if session.factor_used_at is None:
        raise MfaEnrolmentRequired(ENROL)


def is_required(caller: Caller) -> bool:
    """Return whether the caller's role needs a second factor here."""
    return caller.role in config.roles_with_factor()


def read_session(caller: Caller) -> tuple[User, Session]:
    """Read the caller's user and session. Raises Unauthorized for a session that has ended."""
    user, session = Session.with_user(caller.user_id, caller.session_id or "")
    if user is None or session is None or user.status != "active" or not session.is_running(clock.now()):
        raise Unauthorized(ENDED)
    return user, session


def require_fresh(session: Session, now: datetime) -> None:
    """Raise MfaStepUpRequired unless the session has used a factor within fifteen minutes."""
    if not second_factor.is_fresh(session.factor_used_at, now):
        raise MfaStepUpRequired(STEP_UP)
