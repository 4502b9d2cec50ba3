"""A forgotten password: asking for a code by mail, and setting a new password with it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib import clock
from chalicelib.domain.errors import ValidationFailed
from chalicelib.domain.identity import mailed_code
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.batch import batch_get
from chalicelib.models.identity.known_devices import KnownDevices
from chalicelib.models.identity.login_attempts import LoginAttempts
from chalicelib.models.identity.mailed_code import PasswordReset
from chalicelib.models.identity.user import User
from chalicelib.models.transact import Edit
from chalicelib.observability import logger
from chalicelib.services.crypto import bank_keys
from chalicelib.services.identity import known_devices, login_attempts, login_log, new_passwords, sessions
from chalicelib.services.identity.login_log import Origin, Owner
from chalicelib.services.mail import order

REFUSED = "is wrong, used, replaced by a newer one, or older than 30 minutes; ask for another"


def request(caller: Caller, email: str) -> None:
    """Have a code sent to the address, if it is an active user's.

    Nothing is read here, so neither the answer nor its time can tell whether anybody has the address.
    """
    order.order("password_reset", bank_keys.email_hmac(email), caller)


def complete(caller: Caller, code: str, new_password: str, origin: Origin) -> None:
    """Set a new password. All sessions end, no device is known any more, and failed log-ins are forgotten.

    Raises ValidationFailed, in the same words whatever is wrong with the code; only its holder is told of the password.
    """
    now = clock.now()
    user, reset = _proven(code, now)
    new_hash = new_passwords.hash_of_user("new_password", new_password, user)
    acting = replace(caller, user_id=user.id, role=user.role)
    with sessions.ending(acting, user.id, "password reset"):
        try:
            _commit(acting, user, reset, new_hash, origin, now)
        except transact.Cancelled:
            raise _refusal() from None
        logger.info("password reset", principal_id=user.id)
    order.tell("password_changed", user.id, caller)


def _proven(code: str, now: datetime) -> tuple[User, PasswordReset]:
    """Return the user of a valid code, and the code's item."""
    parts = mailed_code.parts_of(code)
    if parts is None:
        raise _refusal()
    user_id, secret = parts
    found = {type(item): item for item in batch_get([User.key(user_id), PasswordReset.key(user_id)])}
    user, reset = found.get(User), found.get(PasswordReset)
    if not isinstance(user, User) or not isinstance(reset, PasswordReset):
        raise _refusal()
    is_own = reset.sent_to in (None, user.email_hmac)  # None: issued before it was stored
    if not reset.is_good(secret, now) or not is_own or user.status != "active":
        raise _refusal()
    return user, reset


def _commit(acting: Caller, user: User, reset: PasswordReset, new_hash: str, origin: Origin, now: datetime) -> None:
    as_read = user.has_password_as_read() & (User.status == "active")
    email_hmac = str(user.email_hmac)
    standing = batch_get([LoginAttempts.key(email_hmac), KnownDevices.key(user.id)])
    failures = next((one for one in standing if isinstance(one, LoginAttempts)), None)
    devices = next((one for one in standing if isinstance(one, KnownDevices)), None)
    # Whoever has the code reads the mailbox.
    changes = {"password_hash": new_hash, "email_verified_at": user.email_verified_at or timestamp(now)}
    decisive = [
        reset.use_up(acting, now),
        user.update_if(as_read, user.setting(changes), acting, now),
        login_log.entry("password_reset", Owner(user.id, user.whose), origin, acting, now).put_if_absent(),
    ]
    edits: list[Edit[Any]] = [*known_devices.revoke_all(devices, acting, now)]
    if failures:
        edits.append(login_attempts.forget_all(email_hmac, failures, acting, now))
    transact.commit_edits(decisive, edits, acting.request_id)


def _refusal() -> ValidationFailed:
    return ValidationFailed.of("token", REFUSED)
