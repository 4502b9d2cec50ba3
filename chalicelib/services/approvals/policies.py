"""Changes of approval policies, and their history."""

from chalicelib import clock
from chalicelib.domain import errors
from chalicelib.domain.approvals.action import ACTION_NAMES, ActionName
from chalicelib.domain.approvals.policy import Policy, find_wrong
from chalicelib.domain.errors import FieldError, ValidationFailed
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.approvals.policy import ApprovalPolicy, replace_policy
from chalicelib.models.paging import Page, Paging
from chalicelib.services import reference_cache, step_up
from chalicelib.services.approvals import gate
from chalicelib.services.approvals.gate import HeldRequest
from chalicelib.services.approvals.in_force import InForce


def latest(action: str) -> InForce:
    """Return the policy of an action, read from the table. Raises NotFound."""
    name = name_of(action)
    return InForce.of(name, ApprovalPolicy.current(name))


def history(action: str, paging: Paging) -> Page[InForce]:
    """List every policy that was set for an action, the latest first. Raises NotFound."""
    page = ApprovalPolicy.history(name_of(action), paging)
    return Page([InForce.of(one.action, one) for one in page.items], page.next_cursor)


@transact.until_committed
def put(caller: Caller, policy: Policy, matching: IfMatch = ANY_VERSION) -> InForce:
    """Replace the policy of an action; those before stay in the history.

    It is an action itself, and may wait. Raises ValidationFailed for what is out of bounds, Conflict when `matching`
    (If-Match) is outdated, NoApprover for a policy of policies under which none could be changed any more.
    """
    step_up.require(caller)
    wrong = [FieldError(field, message) for field, message in find_wrong(policy)]
    if wrong:
        raise ValidationFailed("; ".join(f"{one.field}: {one.message}" for one in wrong), errors=tuple(wrong))
    if policy.action == "approval_policy" and policy.control == "require":
        gate.require_approver(caller, policy, parties=())
    stored = ApprovalPolicy.current(policy.action)
    before = InForce.of(policy.action, stored)
    matching.require(before.number)
    approved = gate.require(
        caller,
        HeldRequest(
            "approval_policy",
            f"Change the approval policy of {policy.action} to {policy.control}.",
            resource_id=policy.action,
            version=before.number,
            payload=policy.to_json(),
        ),
    )
    at = clock.next_timestamp(clock.now(), {f"approval policy {before.number}": before.set_at or ""})
    actions = replace_policy(stored, policy.action, policy.to_json(), caller, at)
    transact.commit([*actions, *approved], caller.request_id)
    reference_cache.forget()
    return InForce(policy, before.number + 1, at, caller.user_id)


def execute(maker: Caller, approval: Approval) -> None:
    """Carry out a change of a policy that was approved."""
    put(maker, Policy.from_json(name_of(str(approval.resource_id)), approval.payload))


def name_of(action: str) -> ActionName:
    """Return the action with this name. Raises NotFound."""
    for name in ACTION_NAMES:
        if name == action:
            return name
    raise errors.unknown("action", action)
