"""Four eyes, proven from the audit: what a policy held back was approved by enough other people before its effect.

An approval's step to `executed` commits with the effect, in one request. So for each effect that a policy of its time
covers there is an audit record of an approval for the same thing, executed in the same request.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from chalicelib.domain.approvals.action import ActionName
from chalicelib.domain.approvals.policy import Policy
from chalicelib.domain.audit.record import Record
from chalicelib.domain.time import moment, timestamp
from chalicelib.domain.verification.checks import Broken, require

MONEY: Mapping[str, ActionName] = {
    "transfer": "transfer",
    "withdrawal": "withdraw",
    "deposit": "deposit",
    "reversal": "reverse",
}
"""Types of transactions that are actions."""

Effect = tuple[ActionName, str]
"""An action, and the request in which it was done."""
State = Mapping[str, Any]
"""The fields of an item that the audit has, after a record."""


@dataclass(frozen=True)
class Supervision:
    """Facts about what needed approval: the policies of each action by the moment (UTC) when they were set, and staff.

    What customers do with their own things needs no approval, but for payments. A policy that was set less than `grace`
    before may not have been known yet. The first admin has created the second alone.
    """

    policies: Mapping[ActionName, Sequence[tuple[str, Policy]]] = field(default_factory=dict)
    staff_ids: frozenset[str] = frozenset()
    grace: timedelta = timedelta()
    second_admin_id: str | None = None

    def policies_around(self, action: ActionName, at: str) -> list[Policy | None]:
        """Return the policies that may have been known at a moment; None for a time before the first was set."""
        timeline: list[tuple[str, Policy | None]] = [("", None), *self.policies.get(action, ())]
        moments = [set_at for set_at, _ in timeline]
        first = bisect_left(moments, timestamp(moment(at) - self.grace)) - 1
        return [policy for _, policy in timeline[max(first, 0) : bisect_left(moments, at)]]

    def needs_approval(self, record: Record, state: State) -> ActionName | None:
        """Return the action of a record that a policy of its time held back, or whose payment had to wait, or None."""
        action = action_of(record, state)
        if action is None or not (action in MONEY.values() or record.actor in self.staff_ids):
            return None
        if state.get("approval_required") and record.kind == "transaction":
            return action
        if action == "user.create" and record.entity_id == self.second_admin_id:
            return None
        amount = int(state["overdraft_limit" if action == "overdraft_limit" else "amount"]) if action in AMOUNTS else 0
        known = self.policies_around(action, record.at)
        is_free = any(one is None or one.judge(state.get("currency"), amount) == "free" for one in known)
        return None if is_free else action

    def require_known(self, record: Record, state: State) -> None:
        """Check that a new approval was made under a policy that was known at the time."""
        known = [one.to_json() for one in self.policies_around(state["action"], record.at) if one]
        if known and state["policy"] not in known and None not in self.policies_around(state["action"], record.at):
            raise Broken(f"audit of {', '.join(record.key)}: policy", str(known[-1]), str(state["policy"]))

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
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Supervision":
        policies = {
            action: [(set_at, Policy.from_json(action, policy)) for set_at, policy in timeline]
            for action, timeline in stored["policies"].items()
        }
        grace = timedelta(seconds=stored["grace_seconds"])
        return cls(policies, frozenset(stored["staff_ids"]), grace, stored["second_admin_id"])


AMOUNTS = frozenset({*MONEY.values(), "overdraft_limit"})
"""Actions whose amount the audit has."""


@dataclass
class FourEyes:
    """Effects that needed an approval, with where each was found, and the effects of executed approvals."""

    supervision: Supervision
    needed: dict[Effect, str] = field(default_factory=dict)
    executed: set[Effect] = field(default_factory=set)

    def follow(self, record: Record, state: State) -> None:
        """Take an audit record. Raises Broken for an approval that is not rightful."""
        if record.kind == "approval":
            require_signed(record)
            if record.event == "approval.created":
                self.supervision.require_known(record, state)
            if record.event == "approval.executed":
                require_rightful(record, state)
                self.executed.add((state["action"], record.request_id))
        elif action := self.supervision.needs_approval(record, state):
            self.needed.setdefault((action, record.request_id), f"audit of {', '.join(record.key)}")

    def merge(self, other: "FourEyes") -> None:
        """Add what was found elsewhere."""
        self.needed |= other.needed
        self.executed |= other.executed

    def require_all_approved(self) -> None:
        """Raise Broken for the first effect that needed an approval and has none."""
        for effect in sorted(self.needed.keys() - self.executed):
            expected = f"one of {effect[0]}, executed in the same request"
            raise Broken(f"{self.needed[effect]}: approval", expected, "none")


def action_of(record: Record, state: State) -> ActionName | None:
    """Return the action that a change is, if it is one that can need approval.

    What only takes rights is none: one person may lower a limit, reject or disable somebody, and end a holding.
    """
    if record.kind == "transaction":
        is_posting = state.get("status") == "posted" and "status" in record.after
        return MONEY.get(state["transaction_type"]) if is_posting else None
    if record.event in CREATIONS:
        return CREATIONS[record.event]
    edit = EDITS.get(record.kind)
    return edit(record, state) if edit and not record.event.endswith(".created") else None


CREATIONS: Mapping[str, ActionName] = {
    "user.created": "user.create",
    "interest_rate.created": "interest_rate",
    "risk_thresholds.created": "risk_thresholds",
    "approval_policy.created": "approval_policy",
    "authority.created": "authority",
}
"""Events of new items that are actions."""


def _account_edit(record: Record, _: State) -> ActionName | None:
    before, after = record.before, record.after
    if after.get("overdraft_limit", 0) > before.get("overdraft_limit", 0):
        return "overdraft_limit"
    if (after.get("holders") or {}).items() - (before.get("holders") or {}).items():
        return "holder"
    return "unfreeze" if (before.get("status"), after.get("status")) == ("frozen", "active") else None


def _pin_edit(record: Record, _: State) -> ActionName | None:
    return "pin_reset" if "pin_hash" in record.touched else None


def _customer_edit(record: Record, state: State) -> ActionName | None:
    if "kyc_reviewed_at" in record.after and state["kyc_status"] == "verified":
        return "kyc"
    return "customer.erase" if record.after.get("status") == "erasing" else None


def _user_edit(record: Record, _: State) -> ActionName | None:
    return "user.role" if "role" in record.touched or record.after.get("status") == "active" else None


EDITS: Mapping[str, Callable[[Record, State], ActionName | None]] = {
    "account": _account_edit,
    "pin": _pin_edit,
    "customer": _customer_edit,
    "user": _user_edit,
}
"""What a change of an existing item is, by its kind."""


def require_signed(record: Record) -> None:
    """Check that a change of an approval only adds decisions of the person who made it, of its moment."""
    before, after = record.before.get("decisions", []), record.after.get("decisions")
    if after is None:
        return
    where = f"audit of {', '.join(record.key)}: decisions"
    require(where, before, after[: len(before)])
    for one in after[len(before) :]:
        require(where, [record.actor, record.at], [one["by"], one["at"]])


def require_rightful(executed: Record, state: State) -> None:
    """Check that an executed approval has enough approvals by other people, before it, as its policy demanded."""
    where = f"audit of {', '.join(executed.key)}"
    policy = Policy.from_json(state["action"], state["policy"])
    require(f"{where}: required", policy.required, state["required"])
    barred = {state["requested_by"], *state["parties"]}
    for one in state["decisions"]:
        if one["decision"] != "approved":
            raise Broken(f"{where}: decisions", "approvals only", one["decision"])
        if one["by"] in barred:
            raise Broken(f"{where}: decisions", "people who neither asked for it nor are concerned", one["by"])
        if one["role"] not in state["roles"]:
            raise Broken(f"{where}: decisions", " or ".join(state["roles"]), one["role"])
        if one["at"] > executed.at:
            raise Broken(f"{where}: decisions", f"at {executed.at} or before", one["at"])
    people = {one["by"] for one in state["decisions"]}
    if len(people) < policy.required:
        raise Broken(f"{where}: decisions", f"{policy.required} by different people", f"{len(people)}")
