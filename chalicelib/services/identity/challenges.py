"""Challenges of the second factor: issued after a right password or in a session, looked up when they come back."""

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.domain import ids
from chalicelib.domain.crypto.token_hash import digest
from chalicelib.domain.identity import passkey, second_factor
from chalicelib.domain.identity.passkey import Json
from chalicelib.domain.identity.second_factor import CHALLENGE_LIFE, Kind, Purpose
from chalicelib.domain.permissions import Caller
from chalicelib.models.batch import batch_get
from chalicelib.models.identity.factor import Factor
from chalicelib.models.identity.mfa_challenge import MfaChallenge
from chalicelib.models.identity.user import User
from chalicelib.services.identity import passkeys

SECRET_BYTES = 32


@dataclass(frozen=True)
class Challenge:
    """Everything that a client needs to use a factor. `passkey` are the options for the passkeys, if there are any."""

    token: str = field(repr=False)
    factors: dict[str, Kind]
    passkey: Json | None = field(default=None, repr=False)
    expires_in_seconds: int = int(CHALLENGE_LIFE.total_seconds())


@dataclass(frozen=True)
class Returned:
    """A challenge that came back, with its user. `nonce` is what a passkey had to sign."""

    user: User
    item: MfaChallenge
    nonce: bytes = field(repr=False)


def issue(
    user: User, purpose: Purpose, caller: Caller, now: datetime, session_id: str | None = None
) -> tuple[MfaChallenge, Challenge]:
    """Return a challenge to be put, and what the client gets. Reads the user's passkeys, if there are any."""
    secret, challenge_id = secrets.token_urlsafe(SECRET_BYTES), ids.new_id("chl", now)
    item = MfaChallenge(
        *MfaChallenge.key(user.id, challenge_id),
        id=challenge_id,
        user_id=user.id,
        purpose=purpose,
        secret_hash=digest(secret),
        password_mark=_mark(user),
        session_id=session_id,
    )
    item.expire(now)
    token = second_factor.challenge_of(user.id, challenge_id, secret)
    known = Factor.all_of(user.id, second_factor.ids_of(user.factors, "passkey"))
    options = passkeys.request_options(passkey.nonce_of(secret), known) if known else None
    return item.stamp(caller, now), Challenge(token, dict(user.factors or {}), options)


def look_up(token: str, purpose: Purpose, now: datetime, session_id: str | None = None) -> Returned | None:
    """Return the challenge and its user, or None.

    None whatever is wrong with the challenge, and when the user was disabled or the password changed since.
    """
    parts = second_factor.parts_of(token)
    if parts is None:
        return None
    user_id, challenge_id, secret = parts
    user, item = _pick(batch_get([User.key(user_id), MfaChallenge.key(user_id, challenge_id)]))
    if user is None or item is None or not hmac.compare_digest(item.secret_hash, digest(secret)):
        return None
    is_unchanged = user.status == "active" and item.password_mark == _mark(user)
    if not is_unchanged or not item.is_good(purpose, session_id, now):
        return None
    return Returned(user, item, passkey.nonce_of(secret))


def _pick(found: Iterable[object]) -> tuple[User | None, MfaChallenge | None]:
    user, item = None, None
    for one in found:
        if isinstance(one, User):
            user = one
        elif isinstance(one, MfaChallenge):
            item = one
    return user, item


def _mark(user: User) -> str:
    """Return what tells whether the user's password has been changed."""
    return digest(str(user.password_hash))
