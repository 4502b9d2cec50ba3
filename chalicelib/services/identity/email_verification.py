"""Verified e-mail addresses: a user shows with a code by mail that the address is its own."""

from contextlib import nullcontext
from datetime import datetime

from chalicelib import clock, config
from chalicelib.domain.errors import Unauthorized, ValidationFailed
from chalicelib.domain.identity import mailed_code
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.batch import batch_get
from chalicelib.models.identity.mailed_code import EmailVerification
from chalicelib.models.identity.session import Session
from chalicelib.models.identity.user import User
from chalicelib.models.item import Action
from chalicelib.models.transact import Extra
from chalicelib.services.identity import email_change, sessions
from chalicelib.services.mail import order

REFUSED = "is wrong, used, replaced by a newer one, or older than 24 hours; ask for another"


def request(caller: Caller) -> None:
    """Have a code sent to the caller's address. The mailer decides whether it was asked for too often."""
    order.order("email_verification", caller.user_id, caller)


def tell_new_user(user_id: str, caller: Caller) -> None:
    """Have a code sent to somebody who has just signed up, where that is required."""
    if config.email_verification_required():
        order.tell("email_verification", user_id, caller)


@transact.until_committed
def verify(caller: Caller, code: str) -> None:
    """Verify the address that the code was sent to: the caller's, or a new one, which replaces it then.

    Without a new one, any code will do for an address that is verified already: the request may be a repeated one. Only
    the user's own session can use the code. A person who gets a code for an account that somebody else has made with
    this address cannot verify it for that somebody with one click. Raises ValidationFailed, in the same words whatever
    is wrong with the code, and Conflict if somebody else has the new address.
    """
    user, verification = _read(caller.user_id)
    if user and user.email_verified_at and (verification is None or verification.email_hmac is None):
        return
    user_id, secret = mailed_code.parts_of(code) or ("", "")
    now = clock.now()
    if user is None or user.status != "active" or user_id != user.id:
        raise _refusal()
    if verification is None or not verification.is_good(secret, now):
        raise _refusal()
    session = Session(*Session.key(user.id, caller.session_id or ""))
    actions: list[Action | Extra] = [
        *_effect(user, verification, caller, now),
        verification.use_up(caller, now),
        Extra(session.learn_of_verification(caller, now), Unauthorized("Your session has ended. Log in again.")),
    ]
    others = sessions.ending(caller, user.id, "e-mail address changed", spared=caller.session_id)
    with others if verification.email_hmac else nullcontext():
        transact.commit(actions, caller.request_id)


def _effect(user: User, verification: EmailVerification, caller: Caller, now: datetime) -> list[Action | Extra]:
    """Return what the code is for. A code is worth nothing for an address that it was not sent to."""
    if verification.email_hmac and verification.sent_to == verification.email_hmac:
        return email_change.change(user, verification, caller, timestamp(now))
    if verification.email_hmac or verification.sent_to != user.email_hmac:
        raise _refusal()
    is_as_read = (User.email_hmac == user.email_hmac) & (User.status == "active")
    return [user.update_if(is_as_read, [User.email_verified_at.set(timestamp(now))], caller, now)]


def _read(user_id: str) -> tuple[User | None, EmailVerification | None]:
    found = {type(item): item for item in batch_get([User.key(user_id), EmailVerification.key(user_id)])}
    user, code = found.get(User), found.get(EmailVerification)
    return user if isinstance(user, User) else None, code if isinstance(code, EmailVerification) else None


def _refusal() -> ValidationFailed:
    return ValidationFailed.of("code", REFUSED)
