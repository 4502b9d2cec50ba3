"""Logging in while the address is locked: with the password and a second factor in one request.

The lock is for those who guess passwords. Whatever is wrong, the answer is that of the lock, after the same calls, so a
guess tells nothing without the factor. Guesses are counted for their network, which must pause after too many, and
wrong codes after a right password where codes are counted. The lock itself stays as it is.
"""

from dataclasses import replace
from typing import NoReturn

from chalicelib.domain.errors import MfaIncorrect, MfaLocked, TooManyAttempts, Unauthorized
from chalicelib.domain.identity.second_factor import ids_of
from chalicelib.models.identity.factor import Factor
from chalicelib.models.identity.login_attempts import SourceAttempts
from chalicelib.models.identity.recovery_codes import RecoveryCodes
from chalicelib.models.identity.user import User
from chalicelib.services.crypto import passwords
from chalicelib.services.identity import login_attempts, mfa_sign_in, totp
from chalicelib.services.identity.attempt import NOBODY, Attempt
from chalicelib.services.identity.login_attempts import AddressLocked
from chalicelib.services.identity.proofs import Check, CountedFailure, Proof
from chalicelib.services.identity.sessions import Tokens

NO_FACTOR = "fac_00000000000000000000000000"


def log_in(attempt: Attempt, user: User | None, proof: Proof, locked: AddressLocked) -> Tokens:
    """Start the session of a user who has shown password and factor.

    Raises `locked` for whatever is wrong, and TooManyAttempts for a network that must pause.
    """
    guess = attempt.guess
    try:
        login_attempts.count_source(guess.source_hmac, attempt.caller, guess.now)
    except TooManyAttempts:
        attempt.record("locked")
        raise
    proven = passwords.verify_secret(user.password_hash if user else None, attempt.given.password)
    if user is None or not proven or user.status != "active" or not _has_factor(user, proof):
        _look_at_nothing(attempt, proof)
        _refuse(attempt, locked)
    acting = replace(attempt.caller, user_id=user.id, role=user.role)
    try:
        used = Check(user, acting, attempt.given.origin, guess.now).prove(proof, None)
        taken_back = SourceAttempts.uncount(guess.source_hmac, attempt.caller, guess.now)
        return mfa_sign_in.start(user, acting, attempt.given.origin, guess.now, [*used, taken_back], guess.device_hash)
    except CountedFailure:
        raise locked from None
    except (MfaIncorrect, MfaLocked, Unauthorized):
        _refuse(attempt, locked)


def _has_factor(user: User, proof: Proof) -> bool:
    """Return whether the user may have such a factor. An app is known from the user, recovery codes are looked up."""
    return bool(user.factors) and (proof.code is None or bool(ids_of(user.factors, "totp")))


def _look_at_nothing(attempt: Attempt, proof: Proof) -> None:
    """Read and compute as much as for a factor that is there."""
    if proof.code is None:
        RecoveryCodes.of(NOBODY)
        return
    Factor.all_of(NOBODY, [NO_FACTOR])
    totp.step_of(totp.new_secret(), proof.code, attempt.now)


def _refuse(attempt: Attempt, locked: AddressLocked) -> NoReturn:
    attempt.record("locked")
    raise locked
