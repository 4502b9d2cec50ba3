"""Changes of the ceilings of roles, and their history."""

from chalicelib import clock
from chalicelib.domain.approvals.ceilings import Authority, Ceilings, find_wrong
from chalicelib.domain.errors import FieldError, ValidationFailed
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.approvals.authority import RoleCeilings, replace_ceilings
from chalicelib.models.paging import Page, Paging
from chalicelib.services import reference_cache, step_up
from chalicelib.services.approvals import gate
from chalicelib.services.approvals.gate import HeldRequest
from chalicelib.services.approvals.in_force import AuthorityInForce


@transact.until_committed
def put(caller: Caller, ceilings: Ceilings, matching: IfMatch = ANY_VERSION) -> AuthorityInForce:
    """Replace all ceilings; those before stay in the history. A ceiling that is left out is the standard again.

    It is an action itself, and may wait. Raises ValidationFailed for an unknown currency or a role with less than the
    one below it, Conflict when `matching` (If-Match) is outdated, MfaStepUpRequired.
    """
    step_up.require(caller)
    stored = RoleCeilings.current()
    before = AuthorityInForce.of(stored)
    authority = Authority(ceilings, before.authority.is_strict)
    wrong = [FieldError(field, message) for field, message in find_wrong(authority)]
    if wrong:
        raise ValidationFailed("; ".join(f"{one.field}: {one.message}" for one in wrong[:5]), errors=tuple(wrong))
    matching.require(before.number)
    approved = gate.require(
        caller,
        HeldRequest(
            "authority",
            "Change what roles may do alone.",
            resource_id="authority",
            version=before.number,
            payload=authority.to_json(),
        ),
    )
    at = clock.next_timestamp(clock.now(), {f"authority {before.number}": before.set_at or ""})
    transact.commit([*replace_ceilings(stored, authority.to_json(), caller, at), *approved], caller.request_id)
    reference_cache.forget()
    return AuthorityInForce(authority, before.number + 1, at, caller.user_id)


def execute(maker: Caller, approval: Approval) -> None:
    """Carry out a change of the ceilings that was approved."""
    put(maker, approval.payload)


def history(paging: Paging) -> Page[AuthorityInForce]:
    """List the ceilings as they were set, the latest first."""
    page = RoleCeilings.history(paging)
    return Page([AuthorityInForce.of(one) for one in page.items], page.next_cursor)
