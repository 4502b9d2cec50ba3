"""What needed another person's approval at its time: the policies, the ceilings and the staff of a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from chalicelib.domain.approvals.action import ActionName
from chalicelib.domain.approvals.policy import Policy
from chalicelib.domain.audit.record import Record
from chalicelib.domain.verification.checks import Broken
from chalicelib.domain.verification.effects import OF_CUSTOMERS, SYSTEM, Effect, State, amount_of, effects_of
from chalicelib.domain.verification.ranks import Ranks, values_around


@dataclass(frozen=True)
class Supervision:
    """Facts about what needed approval: the policies of each action by the moment (UTC) when they were set, and staff.

    A policy that was set less than `grace` before may not have been known yet. What is set, or who is hired, from
    `as_of` on is not known here. The first admin has created the second alone.
    """

    policies: Mapping[ActionName, Sequence[tuple[str, Policy]]] = field(default_factory=dict)
    staff_ids: frozenset[str] = frozenset()
    grace: timedelta = timedelta()
    second_admin_id: str | None = None
    as_of: str | None = None
    ranks: Ranks = field(default_factory=Ranks)

    def policies_around(self, action: ActionName, at: str) -> list[Policy | None]:
        """Return the policies that may have been known at a moment; None for a time before the first was set."""
        return values_around(self.policies.get(action, ()), at, self.grace)

    def needing_approval(self, record: Record, state: State) -> list[Effect]:
        """Return the actions of a record that a policy of its time held back, or its actor's ceiling, or whose payment
        had to wait."""
        found = effects_of(record, state)
        return [one for one in found if not self._may_do_alone(one.action, record, state)]

    def _may_do_alone(self, action: ActionName, record: Record, state: State) -> bool:
        if action in OF_CUSTOMERS and record.actor not in self.staff_ids:
            return True
        if state.get("approval_required") and record.kind == "transaction":
            return False
        if action == "user.create" and (record.entity_id == self.second_admin_id or _is_made_without_staff(record)):
            return True
        if _is_standard_policy(record, state):
            return True
        amount = amount_of(action, state)
        known, currency = self.policies_around(action, record.at), state.get("currency")
        is_free = any(one is None or one.judge(currency, amount) == "free" for one in known)
        return is_free and self._is_within_ceiling(action, amount, currency, record)

    def _is_within_ceiling(self, action: ActionName, amount: int, currency: str | None, record: Record) -> bool:
        """Return whether the actor could do this much alone at that moment."""
        if self._is_later(record.at):
            return True
        return self.ranks.may_alone(record.actor, action, amount, currency, record.at, self.grace)

    def require_covered(self, record: Record, state: State) -> None:
        """Check that a new approval is decided by roles whose ceiling covers its amount.

        A payment that waits for nothing but a review of its risk may be above every ceiling.
        """
        if state.get("amount") is None or state["reasons"] == ["risk_review"] or self._is_later(record.at):
            return
        for role in state["roles"]:
            amount, currency = int(state["amount"]), state.get("currency")
            if not self.ranks.covers(role, state["action"], amount, currency, record.at, self.grace):
                where = f"audit of {', '.join(record.key)}: roles"
                raise Broken(where, f"roles whose ceiling covers {amount} {currency}", role)

    def find_counting(self, state: State, at: str) -> set[str]:
        """Return who approved a request and could still decide about it at the moment of its effect."""
        people = {one["by"] for one in state["decisions"]}
        if self._is_later(at):
            return people
        return {one for one in people if self.ranks.had_role(one, state["roles"], at, self.grace)}

    def require_known(self, record: Record, state: State) -> None:
        """Check that a new approval was made under a policy that was known at the time."""
        around = self.policies_around(state["action"], record.at)
        known = [one.to_json() for one in around if one]
        if known and state["policy"] not in known and None not in around and not self._is_later(record.at):
            raise Broken(f"audit of {', '.join(record.key)}: policy", str(known[-1]), str(state["policy"]))

    def require_staff(self, where: str, decision: Mapping[str, Any]) -> None:
        """Check that a decision is one of a member of staff, in the role that he or she had."""
        if decision["by"] not in self.staff_ids and not self._is_later(decision["at"]):
            raise Broken(f"{where}: decisions", "people who work for the bank", decision["by"])
        if self._is_later(decision["at"]):
            return
        if not self.ranks.had_role(decision["by"], [decision["role"]], decision["at"], self.grace):
            raise Broken(f"{where}: decisions", f"the role that {decision['by']} had", decision["role"])

    def _is_later(self, at: str) -> bool:
        return self.as_of is not None and at >= self.as_of

    def to_json(self) -> dict[str, Any]:
        policies = {
            action: [[set_at, policy.to_json()] for set_at, policy in timeline]
            for action, timeline in self.policies.items()
        }
        seconds = self.grace.total_seconds()
        return {
            "policies": policies,
            "staff_ids": sorted(self.staff_ids),
            "grace_seconds": seconds,
            "second_admin_id": self.second_admin_id,
            "as_of": self.as_of,
            "ranks": self.ranks.to_json(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Supervision":
        policies = {
            action: [(set_at, Policy.from_json(action, policy)) for set_at, policy in timeline]
            for action, timeline in stored["policies"].items()
        }
        grace = timedelta(seconds=stored["grace_seconds"])
        ranks = Ranks.from_json(stored["ranks"]) if "ranks" in stored else Ranks()
        return cls(policies, frozenset(stored["staff_ids"]), grace, stored["second_admin_id"], stored["as_of"], ranks)


def _is_made_without_staff(record: Record) -> bool:
    """Return whether a new user is a customer, who signs up, or an admin made by whoever deploys the bank."""
    return record.after.get("role") == "customer" or record.actor == SYSTEM


def _is_standard_policy(record: Record, state: State) -> bool:
    """Return whether a deployment records the standard policy of an action for which none was ever set, or the standard
    ceilings.
    """
    if state.get("number") != 1 or record.actor != SYSTEM:
        return False
    if record.kind == "authority":
        return not state["ceilings"]
    return record.kind == "approval_policy" and state["policy"]["control"] == "require"
