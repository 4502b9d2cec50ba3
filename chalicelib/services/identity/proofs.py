"""Checks what a user offers as a second factor, and counts what is wrong.

A right one becomes actions that are committed with what it is for, so that it serves one request only. Their conditions
hold the rules: a code once, no sign count twice, a recovery code once, nothing of a locked factor.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn

from chalicelib.domain.crypto.token_hash import digest
from chalicelib.domain.errors import MfaIncorrect, MfaLocked, Unauthorized, ValidationFailed
from chalicelib.domain.identity import second_factor
from chalicelib.domain.identity.passkey import Json
from chalicelib.domain.identity.second_factor import FAILURES_MAX
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.identity.factor import Factor
from chalicelib.models.identity.recovery_codes import RecoveryCodes
from chalicelib.models.identity.user import User
from chalicelib.models.transact import Extra
from chalicelib.observability import count
from chalicelib.services.crypto import personal_fields
from chalicelib.services.identity import login_log, passkeys, totp
from chalicelib.services.identity.login_log import Origin, Owner

USED = "This code has been used. Wait for the next one, and send that."
LOCKED = (
    f"This factor is locked after {FAILURES_MAX} wrong codes. Use a passkey or a recovery code, then enrol the app "
    "again; or ask the bank to remove your factors."
)
CODES_LOCKED = f"Your recovery codes are locked after {FAILURES_MAX} wrong ones. Use another factor, or ask the bank."


class CountedFailure(MfaIncorrect):
    """A wrong code, which was counted and logged."""


@dataclass(frozen=True)
class Proof:
    """A code of the app, what a passkey has signed, or a recovery code: one of the three is there."""

    code: str | None = field(default=None, repr=False)
    passkey: Json | None = field(default=None, repr=False)
    recovery_code: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Check:
    """Whose factor is checked, in which request."""

    user: User
    caller: Caller
    origin: Origin
    now: datetime

    def prove(self, proof: Proof, nonce: bytes | None) -> list[Extra]:
        """Return the actions that use the factor. `nonce` is what a passkey had to sign.

        Raises MfaIncorrect and counts it, MfaLocked, or ValidationFailed for a factor that the user does not have.
        """
        if proof.code is not None:
            return [self._take_code(proof.code)]
        if proof.recovery_code is not None:
            return [self._take_recovery_code(proof.recovery_code)]
        return [self._take_passkey(proof.passkey or {}, nonce)]

    def _take_code(self, code: str) -> Extra:
        apps = self._factors("totp")
        if not apps:
            raise ValidationFailed.of("code", "you have no authenticator app enrolled; use another factor")
        [factor] = apps
        if factor.is_locked:
            raise MfaLocked(LOCKED)
        step = right_step(factor, code, self.now)
        if step is None:
            self._refuse(factor, "The code is wrong.", LOCKED)
        if step <= (factor.last_step or 0):
            raise MfaIncorrect(USED)
        return Extra(factor.take_code(step, self.caller, self.now), MfaIncorrect(USED))

    def _take_recovery_code(self, recovery_code: str) -> Extra:
        codes = RecoveryCodes.of(self.user.id)
        if codes is None or codes.hashes is None:
            raise ValidationFailed.of("recovery_code", "you have no recovery codes")
        if codes.is_locked:
            raise MfaLocked(CODES_LOCKED)
        code_hash = hash_code(self.user.id, recovery_code)
        if code_hash not in codes.hashes:
            self._refuse(codes, "The recovery code is wrong, or was used.", CODES_LOCKED)
        changed = MfaIncorrect("Your recovery codes were used a moment ago. Send this one again, or another one.")
        return Extra(codes.use_up(code_hash, self.caller, self.now), changed)

    def _take_passkey(self, answer: Json, nonce: bytes | None) -> Extra:
        if nonce is None:
            raise ValidationFailed.of("challenge", "is required with a passkey")
        found = [one for one in self._factors("passkey") if one.credential_id == answer.get("id")]
        try:
            if not found:
                raise MfaIncorrect("This passkey is not one of yours. Use one of those that were offered.")
            sign_count = passkeys.sign_count_of(found[0], answer, nonce)
        except MfaIncorrect:
            self._log_failure([])
            raise
        used = MfaIncorrect("This passkey was used at the same time. Begin again.")
        return Extra(found[0].take_signature(sign_count, self.caller, self.now), used)

    def _factors(self, kind: second_factor.Kind) -> list[Factor]:
        factor_ids = second_factor.ids_of(self.user.factors, kind)
        return Factor.all_of(self.user.id, factor_ids) if factor_ids else []

    def _refuse(self, counted: Factor | RecoveryCodes, detail: str, locked: str) -> NoReturn:
        """Count a wrong code, and raise CountedFailure."""
        self._log_failure([Extra(counted.count_failure(self.caller, self.now), MfaLocked(locked))])
        raise CountedFailure(f"{detail} {FAILURES_MAX} wrong ones lock it.")

    def _log_failure(self, counting: list[Extra]) -> None:
        """Log a wrong factor where the user can see it: somebody knows the password, or has copied a passkey."""
        owner = Owner(self.user.id, self.user.whose)
        entry = login_log.entry("mfa_failed", owner, self.origin, self.caller, self.now)
        transact.commit([*counting, entry.put_if_absent()], self.caller.request_id)
        count("SecondFactors", outcome="wrong")


def right_step(factor: Factor, code: str, now: datetime) -> int | None:
    """Return the time step of a right code, or None. Raises Unauthorized for a user who is erased."""
    secret = personal_fields.decrypt(factor)["secret"]
    if secret is None:
        raise Unauthorized("This factor can no longer be used. Log in again.")
    return totp.step_of(secret, code, now)


def hash_code(user_id: str, recovery_code: str) -> str:
    """Return what is stored of a user's recovery code."""
    return digest(f"{user_id} {second_factor.normalise_code(recovery_code)}")
