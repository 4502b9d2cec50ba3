"""The approval policies and ceilings in force: what was set, or the standard of the stage."""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib import config
from chalicelib.domain.approvals.action import ACTION_NAMES, ActionName
from chalicelib.domain.approvals.ceilings import Authority
from chalicelib.domain.approvals.policy import Policy, standard
from chalicelib.models.approvals.authority import RoleCeilings
from chalicelib.models.approvals.policy import ApprovalPolicy
from chalicelib.services import reference_cache


@dataclass(frozen=True)
class InForce:
    """`number` is 0, and nobody has set it, as long as the standard of the stage holds."""

    policy: Policy
    number: int = 0
    set_at: str | None = None
    set_by: str | None = None

    @classmethod
    def of(cls, action: ActionName, kept: ApprovalPolicy | None) -> "InForce":
        if kept is None:
            return cls(standard(action, is_on=config.approvals_required()))
        return cls(Policy.from_json(action, kept.policy), kept.number, str(kept.updated_at), str(kept.updated_by))


@dataclass(frozen=True)
class AuthorityInForce:
    """`number` is 0, and nobody has set it, as long as the standard of the stage holds."""

    authority: Authority
    number: int = 0
    set_at: str | None = None
    set_by: str | None = None

    @classmethod
    def of(cls, stored: RoleCeilings | None) -> "AuthorityInForce":
        is_strict = config.approvals_required()
        if stored is None:
            return cls(Authority({}, is_strict))
        authority = Authority(stored.ceilings, is_strict)
        return cls(authority, stored.number, str(stored.updated_at), str(stored.updated_by))


def latest_authority() -> AuthorityInForce:
    """Read the ceilings from the table, not from the cache."""
    return AuthorityInForce.of(RoleCeilings.current())


current_authority = reference_cache.kept(latest_authority)
"""The ceilings, cached for a short time."""


def all_latest() -> Mapping[ActionName, InForce]:
    """Read the policies of all actions from the table, with one query."""
    kept = {one.action: one for one in ApprovalPolicy.all_current()}
    return {action: InForce.of(action, kept.get(action)) for action in ACTION_NAMES}


_cached = reference_cache.kept(all_latest)


def policy_of(action: ActionName) -> Policy:
    """Return the policy of an action; cached for a short time, together with all others."""
    return _cached()[action].policy
