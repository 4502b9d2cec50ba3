"""Why one person may not do something alone, and who may decide about it: policies and ceilings, in one place."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from chalicelib import clock
from chalicelib.domain import money
from chalicelib.domain.approvals.action import CEILINGS, ActionName
from chalicelib.domain.approvals.policy import Policy, Reason
from chalicelib.domain.errors import ActionBlocked, NoApprover
from chalicelib.domain.permissions import Caller, Role
from chalicelib.domain.time import timestamp
from chalicelib.models.ledger.share import Share, StaffKind
from chalicelib.services.approvals import in_force

STAFF_KINDS: Mapping[ActionName, StaffKind] = {
    "deposit": "STAFF_DEPOSIT",
    "withdraw": "STAFF_WITHDRAW",
    "transfer": "STAFF_TRANSFER",
}
"""What staff move alone in a day is counted by action."""


@dataclass(frozen=True)
class Need:
    """Why a request waits, the policy that governs it, the roles that may decide, and until when (UTC)."""

    reasons: tuple[Reason, ...]
    policy: Policy
    roles: tuple[Role, ...]
    until: str

    @property
    def deciding_policy(self) -> Policy:
        """Return the policy with the roles that may decide about this request."""
        return replace(self.policy, roles=self.roles)


def find_reasons(
    caller: Caller, action: ActionName, currency: str | None = None, amount: int = 0, sent_24h: int = 0
) -> tuple[Reason, ...]:
    """Return why the caller may not do this alone: the policy, the ceiling of its role, both, or nothing.

    `amount` and `sent_24h` in minor units. Raises ActionBlocked where the policy lets nobody do it.
    """
    verdict = in_force.policy_of(action).judge(currency, amount, sent_24h)
    if verdict == "blocked":
        raise ActionBlocked(f"The bank's policy blocks {action}. An admin can change the policy.")
    reasons: list[Reason] = ["policy"] if verdict == "wait" else []
    if caller.is_staff and not _covers(caller.user_role, action, amount, currency):
        reasons.append("ceiling")
    return tuple(reasons)


def need_of(action: ActionName, currency: str | None, amount: int, reasons: tuple[Reason, ...]) -> Need:
    """Return what a request waits for. The roles that decide are those of the policy whose ceiling covers the amount.

    Raises NoApprover where no ceiling does, unless the request waits for nothing but a review of its risk.
    """
    policy = in_force.policy_of(action)
    roles = tuple(role for role in policy.roles if _covers(role, action, amount, currency))
    if not roles and reasons != ("risk_review",):
        raise NoApprover(_above_all(policy, currency, amount))
    until = clock.now() + timedelta(hours=policy.expires_hours)
    return Need(reasons, policy, roles or policy.roles, timestamp(until))


def require_alone(caller: Caller, action: ActionName, currency: str, amount: int, sent_24h: int = 0) -> None:
    """Raise ActionBlocked where a part of a larger request, which cannot wait, needs a second person."""
    if find_reasons(caller, action, currency, amount, sent_24h):
        raise refusal_to_do_alone(action)


def refusal_to_do_alone(action: ActionName) -> ActionBlocked:
    """Return the refusal of a part of a larger request, which cannot wait."""
    return ActionBlocked(f"This {action} needs a second person. Make it as a request of its own.")


def shares_of_staff(caller: Caller, action: ActionName, amount: int, currency: str, day: str) -> tuple[Share, ...]:
    """Return what counts an amount (minor units) for a member of staff, who moves so much alone in a day.

    Many small movements are within the ceiling of one, and no single customer's day shows them.
    """
    if not caller.is_staff:
        return ()
    bound = in_force.current_authority().authority.day_ceiling(caller.user_role, action, currency)
    return () if bound is None else (Share(caller.user_id, amount, currency, day, STAFF_KINDS[action], bound),)


def _covers(role: Role, action: ActionName, amount: int, currency: str | None) -> bool:
    """Return whether a role's ceiling covers an amount; ceilings are read for actions that have them only."""
    return action not in CEILINGS or in_force.current_authority().authority.covers(role, action, amount, currency)


def _above_all(policy: Policy, currency: str | None, amount: int) -> str:
    """Return the detail of a request whose amount no role may approve, with the figures."""
    if currency is None:
        return f"Nobody may approve {policy.action}."
    authority = in_force.current_authority().authority
    ceilings = [(role, authority.ceiling(role, policy.action, currency) or 0) for role in policy.roles]
    told = ", ".join(f"{role} {money.text(ceiling, currency)}" for role, ceiling in ceilings)
    asked = money.text(amount, currency)
    return f"{asked} {currency} is above every ceiling for {policy.action} ({told}). Nothing was done."
