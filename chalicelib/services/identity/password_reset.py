"""A forgotten password: asking for a code by mail, and setting a new password with it."""

import hmac
from dataclasses import replace
from datetime import datetime

from chalicelib import aws, clock
from chalicelib.domain.crypto.token_hash import digest
from chalicelib.domain.errors import ValidationFailed
from chalicelib.domain.identity import password_reset
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.batch import batch_get
from chalicelib.models.identity.login import LoginAttempts
from chalicelib.models.identity.password_reset import PasswordReset
from chalicelib.models.identity.user import User
from chalicelib.models.item import Action
from chalicelib.observability import logger
from chalicelib.services.crypto import bank_keys
from chalicelib.services.identity import login_log, new_passwords, sessions
from chalicelib.services.identity.login_log import Origin, Owner
from chalicelib.services.mail import order

REFUSED = "is wrong, used, replaced by a newer one, or older than 30 minutes; ask for another"


def request(caller: Caller, email: str) -> None:
    """Have a code sent to the address, if it is an active user's.

    Nothing is read here, so neither the answer nor its time can tell whether anybody has the address.
    """
    order.order("password_reset", bank_keys.email_hmac(email), caller)


def complete(caller: Caller, code: str, new_password: str, origin: Origin) -> None:
    """Set a new password. All sessions end, and failed log-ins are forgotten.

    Raises ValidationFailed, in the same words whatever is wrong with the code; only its holder is told of the password.
    """
    now = clock.now()
    user, reset = _proven(code, now)
    new_hash = new_passwords.hash_of_user("new_password", new_password, user)
    acting = replace(caller, user_id=user.id, role=user.role)
    # Before as well as after: were it cut short in between, no session of whoever knows the old password would live on.
    sessions.end_all(acting, user.id, "password reset")
    try:
        transact.commit(_actions(acting, user, reset, new_hash, origin, now), caller.request_id)
    except transact.Cancelled:
        raise _refused() from None
    logger.info("password reset", principal_id=user.id)
    with aws.unknown_outcome_on_error():
        sessions.end_all(acting, user.id, "password reset")
    order.tell("password_changed", user.id, caller)


def _proven(code: str, now: datetime) -> tuple[User, PasswordReset]:
    """Return the user of a valid code, and the code's item."""
    parts = password_reset.parts_of(code)
    if parts is None:
        raise _refused()
    user_id, secret = parts
    found = {type(item): item for item in batch_get([User.key(user_id), PasswordReset.key(user_id)])}
    user, reset = found.get(User), found.get(PasswordReset)
    if not isinstance(user, User) or not isinstance(reset, PasswordReset):
        raise _refused()
    is_right = hmac.compare_digest(reset.secret_hash, digest(secret))
    if not is_right or not reset.is_good(now) or user.status != "active":
        raise _refused()
    return user, reset


def _actions(
    acting: Caller, user: User, reset: PasswordReset, new_hash: str, origin: Origin, now: datetime
) -> list[Action]:
    as_read = (User.password_hash == user.password_hash) & (User.status == "active")
    email_hmac = str(user.email_hmac)
    failures = LoginAttempts.find(*LoginAttempts.key(email_hmac))
    return [
        reset.use_up(acting, now),
        user.update_if(as_read, [User.password_hash.set(new_hash)], acting, now),
        login_log.entry("password_reset", Owner(user.id, user.whose), origin, acting, now).put_if_absent(),
        *([LoginAttempts.clear(email_hmac, acting, now)] if failures else []),
    ]


def _refused() -> ValidationFailed:
    return ValidationFailed.of("token", REFUSED)
