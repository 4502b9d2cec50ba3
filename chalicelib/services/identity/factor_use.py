"""Using a second factor again in a session, which lets it do for fifteen minutes what needs a step-up."""

from chalicelib import clock
from chalicelib.domain.errors import Conflict, Unauthorized, ValidationFailed
from chalicelib.domain.identity import second_factor
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.identity.session import Session
from chalicelib.models.identity.user import User
from chalicelib.models.transact import Extra
from chalicelib.observability import count
from chalicelib.services import step_up
from chalicelib.services.identity import challenges
from chalicelib.services.identity.challenges import Challenge
from chalicelib.services.identity.login_log import Origin
from chalicelib.services.identity.proofs import Check, Proof


def issue_challenge(caller: Caller) -> Challenge:
    """Return a challenge for the caller's factors, good in this session only. Raises Conflict if there are none."""
    now = clock.now()
    user, session = _with_factors(caller)
    item, issued = challenges.issue(user, "step_up", caller, now, session.id)
    transact.commit([item.put_if_absent()], caller.request_id)
    return issued


def use_factor(caller: Caller, proof: Proof, token: str | None, origin: Origin) -> str:
    """Mark the caller's session as having used a factor now, and return until when that counts.

    A passkey needs a challenge. Raises Conflict for a user without factors, and what `Check.prove` raises.
    """
    now = clock.now()
    user, session = _with_factors(caller)
    returned = challenges.look_up(token, "step_up", now, session.id) if token else None
    if token and (returned is None or returned.user.id != user.id):
        raise _challenge_refusal()
    used = Check(user, caller, origin, now).prove(proof, returned.nonce if returned else None)
    actions = [
        Extra(session.mark_factor_used(caller, now), Unauthorized(step_up.ENDED)),
        *([Extra(returned.item.use_up(caller, now), _challenge_refusal())] if returned else []),
        *used,
    ]
    transact.commit(actions, caller.request_id)
    count("SecondFactors", outcome="right")
    return timestamp(second_factor.valid_until(timestamp(now)))


def _challenge_refusal() -> ValidationFailed:
    return ValidationFailed.of("challenge", "is wrong, used, or older than five minutes; ask for another one")


def _with_factors(caller: Caller) -> tuple[User, Session]:
    user, session = step_up.read_session(caller)
    if not user.factors:
        raise Conflict("You have no second factor. Enrol one with POST /v1/auth/factors.")
    return user, session
