"""The second factors of a user: listed and removed by the user, removed by an admin."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from chalicelib import clock, config
from chalicelib.domain import conflict_of_interest, errors
from chalicelib.domain.errors import Conflict
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.batch import batch_get
from chalicelib.models.identity.factor import Factor
from chalicelib.models.identity.recovery_codes import RecoveryCodes
from chalicelib.models.identity.user import User
from chalicelib.models.item import Action
from chalicelib.models.transact import Extra
from chalicelib.services import step_up
from chalicelib.services.approvals import gate
from chalicelib.services.approvals.gate import HeldRequest
from chalicelib.services.crypto import personal_fields
from chalicelib.services.identity import sessions, users
from chalicelib.services.mail import order

CHANGED = "The factors have just been changed. Read them again, then retry."
REMOVED = "second factor removed"
ALL_REMOVED = "second factors removed"


@dataclass(frozen=True)
class NamedFactor:
    factor: Factor
    name: str | None = field(repr=False)


@dataclass(frozen=True)
class OwnFactors:
    """A user's factors, the oldest first, and how many recovery codes are left."""

    factors: list[NamedFactor]
    recovery_codes_left: int


def own(caller: Caller) -> OwnFactors:
    """List the caller's factors, in one read for a user who has none."""
    user = User.by_id(caller.user_id)
    if user is None or not user.factors:
        return OwnFactors([], 0)
    found, codes = _read(user)
    known = personal_fields.reveal(found)
    named = [NamedFactor(factor, fields["name"]) for factor, fields in zip(found, known, strict=True)]
    return OwnFactors(named, len(codes.hashes or []) if codes else 0)


def remove(caller: Caller, factor_id: str) -> None:
    """Remove one of the caller's factors. Needs a factor used lately.

    The other sessions end: whoever has stolen the factor may have used it in one of them. Raises NotFound,
    MfaStepUpRequired; Conflict for the last one of a user whose role needs one.
    """
    now = clock.now()
    user, session = step_up.read_session(caller)
    if factor_id not in (user.factors or {}):
        raise errors.unknown("factor of yours", factor_id)
    step_up.require_fresh(session, now)
    if len(user.factors) == 1 and step_up.is_required(caller):
        raise Conflict("Your role needs a second factor, and this is your last one. Enrol another one first.")
    removal = _removal(caller, user, [factor_id], now)
    with sessions.ending(caller, user.id, REMOVED, spared=caller.session_id):
        transact.commit(removal, caller.request_id)
    order.tell("factors_changed", user.id, caller)


def remove_all(caller: Caller, user_id: str) -> None:
    """Remove every factor of another user, who has lost them, and end that user's sessions. It may wait for approval.

    Where addresses must be verified, the password goes as well: the user sets another one with a code by mail. If there
    is no factor, the sessions end nevertheless, so that a repeated request completes an interrupted one. Raises
    NotFound, MfaStepUpRequired, Forbidden for somebody who is no admin any more; Conflict for one's own factors, and
    ConflictOfInterest for those that one has as a customer.
    """
    if user_id == caller.user_id:
        raise Conflict(
            "You cannot remove your own factors here. Use DELETE /v1/auth/factors/{factor_id}, or ask another admin."
        )
    step_up.require(caller)
    user = users.get(user_id)
    conflict_of_interest.require_other_customer(caller, user.customer_id)
    if not user.factors:
        sessions.end_all(caller, user_id, ALL_REMOVED)
        return
    conditions = [
        Extra(User.still_may(caller.user_id, "users.manage"), users.no_admin()),
        *gate.require(caller, _removal_request(user)),
    ]
    # Whoever knows the password and has talked the bank into this must read the mailbox, too.
    password = {"password_hash": None} if config.email_verification_required() else {}
    removal = _removal(caller, user, list(user.factors), clock.now(), password)
    with sessions.ending(caller, user_id, ALL_REMOVED):
        transact.commit([*conditions, *removal], caller.request_id)
    order.tell("factors_changed", user.id, caller)


def execute_removal(maker: Caller, approval: Approval) -> None:
    """Carry out a removal of a user's factors that was approved."""
    remove_all(maker, str(approval.resource_id))


def _removal_request(user: User) -> HeldRequest:
    """Return the request to remove the factors that a user has now: another one that it enrols makes it outdated."""
    return HeldRequest(
        "user.factors",
        f"Remove every second factor of user {user.id}, who is {user.role}.",
        resource_id=user.id,
        version=" ".join(sorted(user.factors)),
        parties=[user.id, *([user.customer_id] if user.customer_id else [])],
    )


def _removal(
    caller: Caller, user: User, factor_ids: list[str], now: datetime, also: Mapping[str, None] = MappingProxyType({})
) -> list[Action | Extra]:
    """Return the actions that remove factors, and the recovery codes with the last of them."""
    left = {factor_id: kind for factor_id, kind in user.factors.items() if factor_id not in factor_ids}
    factors = Factor.all_of(user.id, factor_ids)
    codes = None if left else RecoveryCodes.of(user.id)
    return [
        Extra(user.set_as_read({"factors": left or None, **also}, caller, now), Conflict(CHANGED)),
        *(Extra(factor.remove(caller, now), Conflict(CHANGED)) for factor in factors),
        *([codes.withdraw(caller, now)] if codes else []),
    ]


def _read(user: User) -> tuple[list[Factor], RecoveryCodes | None]:
    keys = [Factor.key(user.id, factor_id) for factor_id in user.factors]
    found = batch_get([*keys, RecoveryCodes.key(user.id)])
    codes = next((one for one in found if isinstance(one, RecoveryCodes)), None)
    return sorted((one for one in found if isinstance(one, Factor)), key=lambda one: str(one.id)), codes
