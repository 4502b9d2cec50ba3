"""Enrolling a second factor: asked for with the password or another factor, confirmed by using it once."""

import secrets
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib import clock
from chalicelib.domain import errors, ids
from chalicelib.domain.errors import Conflict, MfaIncorrect, MfaLocked, Unauthorized, ValidationFailed
from chalicelib.domain.identity import passkey, second_factor
from chalicelib.domain.identity.passkey import Json
from chalicelib.domain.identity.second_factor import Kind
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.identity.factor import Factor
from chalicelib.models.identity.recovery_codes import RecoveryCodes
from chalicelib.models.identity.session import Session
from chalicelib.models.identity.user import User
from chalicelib.models.item import Action
from chalicelib.models.transact import Extra
from chalicelib.services import step_up
from chalicelib.services.crypto import personal_fields
from chalicelib.services.identity import passkeys, recovery, sessions, sign_in, totp
from chalicelib.services.identity.proofs import Proof, right_step
from chalicelib.services.mail import order

CHANGED = "Your factors have just been changed. Read them again, then retry."
LOCKED = "Too many wrong codes. Begin again: ask for a new enrolment."


@dataclass(frozen=True)
class Enrolment:
    """A factor that waits for its confirmation: the secret and its address for an app, or options for a passkey."""

    factor_id: str
    kind: Kind
    secret: str | None = field(default=None, repr=False)
    uri: str | None = field(default=None, repr=False)
    options: Json | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Enrolled:
    """A confirmed factor. `recovery_codes` come with the first one, this once."""

    factor: Factor
    name: str
    recovery_codes: list[str] | None = field(default=None, repr=False)


def begin(caller: Caller, kind: Kind, name: str, current_password: str | None, source_ip: str) -> Enrolment:
    """Start to enrol a factor, which is good for nothing until it is confirmed.

    The first one needs the password, so that a stolen session cannot lock its user out; any other one needs a factor
    used lately. Raises ValidationFailed, TooManyAttempts, MfaStepUpRequired; Conflict for too many passkeys.
    """
    now = clock.now()
    user, session = step_up.read_session(caller)
    if kind == "passkey" and not passkeys.is_offered():
        raise Conflict("This bank offers no passkeys. Enrol an authenticator app (type totp).")
    taken_back = None
    if user.factors:
        step_up.require_fresh(session, now)
    else:
        taken_back = sign_in.prove_password(caller, user, current_password, source_ip, now)
    factor_id = ids.new_id("fac", now)
    factor = Factor(*Factor.key(user.id, factor_id), id=factor_id, user_id=user.id, subject_id=user.whose, kind=kind)
    factor.session_id = session.id
    factor.expire(now)
    user_name = personal_fields.decrypt(user)["email"] or user.id
    enrolment = _passkey(factor, user, user_name) if kind == "passkey" else _app(factor, user_name)
    sealed = personal_fields.encrypt(user.whose, factor.own_key, {"name": name, "secret": enrolment.secret})
    factor.name, factor.secret = sealed["name"], sealed["secret"]
    decisive = [factor.stamp(caller, now).put_if_absent(), *(taken_back.actions if taken_back else [])]
    transact.commit_edits(decisive, [taken_back.edit] if taken_back else [], caller.request_id)
    return enrolment


def _app(factor: Factor, user_name: str) -> Enrolment:
    secret = totp.new_secret()
    return Enrolment(factor.id, "totp", secret, totp.uri(secret, user_name))


def _passkey(factor: Factor, user: User, user_name: str) -> Enrolment:
    known = Factor.all_of(user.id, second_factor.ids_of(user.factors, "passkey"))
    if len(known) >= second_factor.PASSKEYS_MAX:
        raise Conflict(f"You have {len(known)} passkeys, which is the most. Remove one first.")
    nonce = secrets.token_bytes(32)
    factor.challenge = passkey.base64url(nonce)
    options = passkeys.creation_options(user.id, user_name, nonce, known)
    return Enrolment(factor.id, "passkey", options=options)


def confirm(caller: Caller, factor_id: str, proof: Proof) -> Enrolled:
    """Make a factor active by its first use, in the session that began to enrol it.

    An app takes the place of the one before. With the first factor come the recovery codes. The user's other sessions
    end then, for they have used none, and when an app is replaced, for its thief may have used it in one of them.
    Raises NotFound, MfaStepUpRequired, MfaIncorrect, MfaLocked, Conflict.
    """
    now = clock.now()
    factor = Factor.by_id(caller.user_id, factor_id) if ids.is_id("fac", factor_id) else None
    if factor is None or factor.session_id != caller.session_id or factor.status == "withdrawn":
        raise errors.unknown("factor of yours", factor_id)
    if factor.status == "active" or factor.has_expired(now):
        raise Conflict("This enrolment is confirmed already, or older than 15 minutes. Begin again if you need to.")
    user, session = step_up.read_session(caller)
    if user.factors:
        step_up.require_fresh(session, now)
    shown = _first_use(factor, proof, caller, now)
    actions, codes = _activation(caller, user, session, factor, shown, now)
    ends_others = not user.factors or _ids_to_replace(user, factor)
    others = sessions.ending(caller, user.id, "second factor enrolled", spared=caller.session_id)
    with others if ends_others else nullcontext():
        transact.commit(actions, caller.request_id)
    order.tell("factors_changed", user.id, caller)
    factor.status = "active"
    return Enrolled(factor, personal_fields.decrypt(factor)["name"] or "", codes)


def _first_use(factor: Factor, proof: Proof, caller: Caller, now: datetime) -> dict[str, object]:
    """Check the first use of a factor, and return what its item stores of it."""
    if factor.kind == "passkey":
        if proof.passkey is None:
            raise ValidationFailed.of("passkey", "is required to confirm a passkey")
        made = passkeys.verify_registration(proof.passkey, passkey.from_base64url(str(factor.challenge)))
        return vars(made)
    if proof.code is None:
        raise ValidationFailed.of("code", "is required to confirm an authenticator app")
    if factor.is_locked:
        raise MfaLocked(LOCKED)
    step = right_step(factor, proof.code, now)
    if step is None:
        transact.commit([Extra(factor.count_failure(caller, now), MfaLocked(LOCKED))], caller.request_id)
        raise MfaIncorrect("The code is wrong. Check the time of your device, and send the code that the app shows.")
    return {"last_step": step}


def _activation(
    caller: Caller, user: User, session: Session, factor: Factor, shown: dict[str, object], now: datetime
) -> tuple[list[Action | Extra], list[str] | None]:
    """Return the actions that make the factor active, and the recovery codes that come with it."""
    factors, replaced_ids = dict(user.factors or {}), _ids_to_replace(user, factor)
    replaced = Factor.all_of(user.id, replaced_ids) if replaced_ids else []
    for one in replaced:
        factors.pop(one.id)
    factors[factor.id] = factor.kind
    actions: list[Action | Extra] = [
        Extra(user.set_as_read({"factors": factors}, caller, now), Conflict(CHANGED)),
        Extra(session.mark_factor_used(caller, now), Unauthorized(step_up.ENDED)),
        Extra(factor.confirm(shown, caller, now), Conflict(CHANGED)),
        *(Extra(one.remove(caller, now), Conflict(CHANGED)) for one in replaced),
    ]
    if user.factors:
        return actions, None
    codes, issued = recovery.new_codes(RecoveryCodes.of(user.id), user.id, caller, now)
    return [*actions, issued], codes


def _ids_to_replace(user: User, factor: Factor) -> list[str]:
    """Return the ids of the user's app whose place the factor takes."""
    return second_factor.ids_of(user.factors, "totp") if factor.kind == "totp" else []
