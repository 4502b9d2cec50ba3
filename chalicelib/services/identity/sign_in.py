"""Logging in, and changing one's password: whatever looks at a password counts the attempt first."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib import clock
from chalicelib.domain.errors import NotFound, TooManyAttempts, Unauthorized, ValidationFailed
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.batch import batch_get
from chalicelib.models.identity.known_devices import KnownDevices
from chalicelib.models.identity.login_attempts import LoginAttempts
from chalicelib.models.identity.user import User
from chalicelib.models.transact import Edit
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.observability import count
from chalicelib.services.crypto import bank_keys, passwords
from chalicelib.services.identity import (
    challenges,
    known_devices,
    locked_sign_in,
    login_attempts,
    new_passwords,
    sessions,
)
from chalicelib.services.identity.attempt import NOBODY, Attempt, Credentials
from chalicelib.services.identity.challenges import Challenge
from chalicelib.services.identity.login_attempts import AddressLocked, Guess, TakenBack
from chalicelib.services.identity.sessions import Tokens
from chalicelib.services.mail import order

REFUSED = "The e-mail address or the password is wrong."


def log_in(caller: Caller, given: Credentials) -> Tokens | Challenge:
    """Start a session, or return a challenge to a user who has a second factor.

    While the address is locked, a code that comes with the password lets its user in. Raises Unauthorized, in the same
    words and time whether address or password is wrong, and TooManyAttempts.
    """
    now, email_hmac = clock.now(), bank_keys.email_hmac(given.email)
    guard, existing = _standing(email_hmac)
    user, devices = _person((guard and guard.owner_id) or NOBODY)
    device = known_devices.recognise(devices, given.device_token, now)
    guess = Guess(email_hmac, bank_keys.source_hmac(given.source_ip), caller, now, device)
    attempt = Attempt(caller, given, guard, devices, guess, now)
    try:
        counted = login_attempts.reserve(guess, existing)
    except TooManyAttempts as refused:
        if given.proof and isinstance(refused, AddressLocked):
            return locked_sign_in.log_in(attempt, user, given.proof, refused)
        attempt.record("locked")
        raise
    proven = passwords.verify_secret(user.password_hash if user else None, given.password)
    admitted = _admit(attempt, user, counted) if user and proven and user.status == "active" else None
    if admitted is None:
        attempt.record("failed")
        raise Unauthorized(REFUSED)
    count("LogIns", outcome="succeeded" if isinstance(admitted, Tokens) else "mfa_required")
    return admitted


def change_password(caller: Caller, current: str, new: str, source_ip: str) -> None:
    """Replace the caller's password and end its other sessions; no device is known any more.

    A wrong current password counts as a failed attempt.
    """
    user, devices = _person(caller.user_id)
    if user is None or user.email_hmac is None:  # erased
        raise NotFound("There is no such user.")
    now = clock.now()
    taken_back = prove_password(caller, user, current, source_ip, now)
    new_hash = new_passwords.hash_of_user("new_password", new, user)
    replaced = user.update_if(user.has_password_as_read(), [User.password_hash.set(new_hash)], caller, now)
    edits: list[Edit[Any]] = [taken_back.edit, *known_devices.revoke_all(devices, caller, now)]
    with sessions.ending(caller, user.id, "password changed", spared=caller.session_id):
        try:
            transact.commit_edits([replaced, *taken_back.actions], edits, caller.request_id)
        except transact.Cancelled:
            raise ValidationFailed.of("current_password", "is not your present password any more") from None
    order.tell("password_changed", user.id, caller)


def prove_password(caller: Caller, user: User, current: str | None, source_ip: str, now: datetime) -> TakenBack:
    """Check the caller's password, and return what takes back the attempt.

    Raises ValidationFailed for a wrong one, which counts as a failed log-in, or none; and TooManyAttempts.
    """
    if current is None:
        raise ValidationFailed.of("current_password", "is required")
    email_hmac = str(user.email_hmac)
    guess = Guess(email_hmac, bank_keys.source_hmac(source_ip), caller, now)
    counted = login_attempts.reserve(guess, LoginAttempts.find(*LoginAttempts.key(email_hmac)))
    if not passwords.verify_secret(user.password_hash, current):
        raise ValidationFailed.of("current_password", "is not your present password")
    return login_attempts.take_back(guess, counted)


def _standing(email_hmac: str) -> tuple[UniqueKey | None, LoginAttempts | None]:
    """Read the user of an address, and the attempts at it, in one call."""
    guard, existing = None, None
    for item in batch_get([UniqueKey.email_key(email_hmac), LoginAttempts.key(email_hmac)]):
        if isinstance(item, UniqueKey) and item.owner_id:
            guard = item
        elif isinstance(item, LoginAttempts):
            existing = item
    return guard, existing


def _person(user_id: str) -> tuple[User | None, KnownDevices | None]:
    """Read a user and its known devices, in one call."""
    found = {type(item): item for item in batch_get([User.key(user_id), KnownDevices.key(user_id)])}
    user, devices = found.get(User), found.get(KnownDevices)
    return user if isinstance(user, User) else None, devices if isinstance(devices, KnownDevices) else None


def _admit(attempt: Attempt, user: User, counted: LoginAttempts) -> Tokens | Challenge | None:
    """Start the session; None when password, role, status or factors have changed since they were read."""
    acting, guess, now = replace(attempt.caller, user_id=user.id, role=user.role), attempt.guess, attempt.now
    taken_back = login_attempts.take_back(guess, counted)
    if user.factors:
        return _ask_for_factor(replace(attempt, caller=acting), user, taken_back)
    session, refresh_token = sessions.start(user, acting, now)
    decisive = [
        user.still_may_sign_in(),
        session.put_if_absent(),
        replace(attempt, caller=acting).log("succeeded").put_if_absent(),
        *taken_back.actions,
    ]
    remembered, device_token = known_devices.remember(attempt.devices, guess.device_hash, user.id, acting, now)
    edits: list[Edit[Any]] = [taken_back.edit, *remembered]
    try:
        transact.commit_edits(decisive, edits, attempt.caller.request_id)
    except transact.Cancelled:
        return None
    return replace(sessions.tokens_of(user, session, refresh_token, now), device_token=device_token)


def _ask_for_factor(attempt: Attempt, user: User, taken_back: TakenBack) -> Challenge | None:
    """Issue a challenge; None as above. The password was right, so the attempt is taken back: guesses at the factor are
    counted there. The device is remembered once the factor is shown."""
    item, challenge = challenges.issue(user, "log_in", attempt.caller, attempt.now)
    item.device_hash = attempt.guess.device_hash
    decisive = [
        user.still_may_sign_in(),
        item.put_if_absent(),
        attempt.log("mfa_required").put_if_absent(),
        *taken_back.actions,
    ]
    try:
        transact.commit_edits(decisive, [taken_back.edit], attempt.caller.request_id)
    except transact.Cancelled:
        return None
    return challenge
