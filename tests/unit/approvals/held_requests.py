"""Requests that wait for a second person, in a small bank."""

from typing import Any

import pytest

from chalicelib.domain.approvals.action import ActionName
from chalicelib.domain.approvals.held import HeldForApproval
from chalicelib.domain.approvals.policy import Policy
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller, Role, system
from chalicelib.models import transact
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.approvals.policy import ApprovalPolicy, replace_policy
from chalicelib.models.identity.user import User
from chalicelib.services.accounts import changes
from tests.small_bank import NOON_TEXT, A, SmallBank, staff

MAKER = staff("teller", user_id="usr_maker", request_id="req_1")
DECIDER = staff("manager", user_id="usr_decider", request_id="req_2")
OTHER = staff("manager", user_id="usr_other", request_id="req_3")
FROZEN_AT = "2026-11-20T12:00:00.000000Z"


def employ(bank: SmallBank, *callers: Caller, **fields: Any) -> None:
    """Store members of staff, in the index of all staff."""
    for caller in callers:
        role: Role = fields.get("role", caller.user_role)
        kept = {name: value for name, value in fields.items() if name != "role"}
        bank.put(User.new(caller.user_id, "hmac", "hash", role, **kept).stamp(staff(), NOON_TEXT).listed())


def control(action: ActionName, **fields: Any) -> Policy:
    """Have an action wait for one manager or admin, unless told; return the policy."""
    given: dict[str, Any] = {"control": "require", "above": {}, "within_24h": False, "required": 1}
    policy = Policy(action, **{**given, "roles": ("manager", "admin"), **fields})
    before = ApprovalPolicy.current(action)
    transact.commit(replace_policy(before, action, policy.to_json(), system("req"), NOON_TEXT), "req")
    return policy


def ask_to_unfreeze(
    caller: Caller = MAKER, key: IdempotencyKey | None = None, account_id: str = A, reason: str = "solved"
) -> Approval:
    """Ask for an account to be unfrozen, which is held; return the approval."""
    with pytest.raises(HeldForApproval) as held:
        changes.unfreeze(caller, account_id, reason, key)
    return stored(held.value.approval_id)


def stored(approval_id: str) -> Approval:
    found = Approval.by_id(approval_id)
    assert found, approval_id
    return found
