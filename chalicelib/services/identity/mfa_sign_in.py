"""The second half of a log-in: the challenge comes back with a factor, and a session starts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib import clock
from chalicelib.domain.errors import Unauthorized
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.identity.known_devices import KnownDevices
from chalicelib.models.identity.user import User
from chalicelib.models.item import Action
from chalicelib.models.transact import Extra
from chalicelib.observability import count
from chalicelib.services.identity import challenges, known_devices, login_log, sessions
from chalicelib.services.identity.login_log import Origin, Owner
from chalicelib.services.identity.proofs import Check, Proof
from chalicelib.services.identity.sessions import Tokens

REFUSED = "The challenge is wrong, used, or older than five minutes. Log in again."


def complete(caller: Caller, token: str, proof: Proof, origin: Origin) -> Tokens:
    """Start the session of a user who has shown password and factor.

    Challenge, factor and session are written at once, so that each serves one log-in. Raises Unauthorized for a
    challenge that is not good any more, also when password, role, status or factors have changed since; and what
    `Check.prove` raises.
    """
    now = clock.now()
    returned = challenges.look_up(token, "log_in", now)
    if returned is None:
        raise Unauthorized(REFUSED)
    user = returned.user
    acting = replace(caller, user_id=user.id, role=user.role)
    used = Check(user, acting, origin, now).prove(proof, returned.nonce)
    used_up = Extra(returned.item.use_up(acting, now), Unauthorized(REFUSED))
    return start(user, acting, origin, now, [used_up, *used], returned.item.device_hash)


def start(
    user: User,
    acting: Caller,
    origin: Origin,
    now: datetime,
    with_it: Sequence[Action | Extra],
    device_hash: str | None,
) -> Tokens:
    """Start a session that has used a factor; `with_it` commits at once, such as the use of the factor.

    Raises Unauthorized if password, role, status or factors have changed since the user was read.
    """
    session, refresh_token = sessions.start(user, acting, now)
    session.factor_used_at = timestamp(now)
    devices = KnownDevices.find(*KnownDevices.key(user.id))
    remembered, device_token = known_devices.remember(devices, device_hash, user.id, acting, now)
    actions: list[Action | Extra] = [
        Extra(user.still_may_sign_in(), Unauthorized(REFUSED)),
        *with_it,
        session.put_if_absent(),
        login_log.entry("succeeded", Owner(user.id, user.whose), origin, acting, now).put_if_absent(),
    ]
    transact.commit_edits(actions, remembered, acting.request_id)
    count("LogIns", outcome="succeeded")
    return replace(sessions.tokens_of(user, session, refresh_token, now), device_token=device_token)
