"""The life of an approval: who may decide, and what a decision makes of it. Pure rules.

requested ──enough approvals──► approved ──carried out──► executed
   │                               └──────refused──────► failed
   └── rejected · cancelled · expired
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from chalicelib.domain.permissions import Caller, Role

Status = Literal["requested", "approved", "executed", "failed", "rejected", "cancelled", "expired"]
STATUSES: tuple[Status, ...] = get_args(Status)
Verdict = Literal["approved", "rejected"]
Refusal = Literal["own", "party", "role", "twice"]
OPEN: tuple[Status, ...] = ("requested", "approved")


@dataclass(frozen=True)
class Decision:
    """`by` is a user's id, `at` a timestamp in UTC, `role` the one that the user had."""

    by: str
    role: Role
    decision: Verdict
    at: str


@dataclass(frozen=True)
class Question:
    """A request as a decision is asked against it: its maker, the people concerned, and what the policy demanded."""

    requested_by: str
    party_ids: frozenset[str]
    roles: tuple[Role, ...]
    required: int
    decisions: Sequence[Decision]


def refusal_to_decide(question: Question, caller: Caller) -> Refusal | None:
    """Return why the caller may not decide, or None."""
    if caller.user_id == question.requested_by:
        return "own"
    if question.party_ids & caller.identities:
        return "party"
    if caller.role not in question.roles:
        return "role"
    if any(one.by == caller.user_id for one in question.decisions):
        return "twice"
    return None


def may_go_on(question: Question, caller: Caller) -> bool:
    """Return whether the caller may have what was approved carried out, if the deciding request was cut short."""
    return refusal_to_decide(question, caller) in (None, "twice")


def status_after(question: Question, decision: Decision, lost: Collection[str] = ()) -> Status:
    """Return the status that a further decision leads to: one rejection ends it, enough approvals approve it.

    `lost` are people who may not decide any more: their approvals do not count.
    """
    if decision.decision == "rejected":
        return "rejected"
    approving = {one.by for one in (*question.decisions, decision) if one.decision == "approved"}.difference(lost)
    return "approved" if len(approving) >= question.required else "requested"
