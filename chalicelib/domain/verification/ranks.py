"""Who could do how much alone, and when: the ceilings of roles and the roles of staff, as they were at a moment."""

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from chalicelib.domain.approvals.action import CEILINGS, ActionName
from chalicelib.domain.approvals.ceilings import Authority
from chalicelib.domain.time import moment, timestamp

T = TypeVar("T")
DISABLED = "disabled"
"""Stands for the role of a user who is disabled."""


def values_around(timeline: Sequence[tuple[str, T]], at: str, grace: timedelta) -> list[T | None]:
    """Return the values that may have been known at a moment (UTC); None for a time before the first was set.

    A value that was set less than `grace` before may not have been known yet.
    """
    if not timeline:
        return [None]
    known: list[tuple[str, T | None]] = [("", None), *timeline]
    moments = [set_at for set_at, _ in known]
    first = bisect_left(moments, timestamp(moment(at) - grace)) - 1
    return [value for _, value in known[max(first, 0) : bisect_left(moments, at)]]


@dataclass(frozen=True)
class Ranks:
    """Ceilings and roles by the moment (UTC) since which they hold; `roles` by user, DISABLED among them.

    Nothing is said of a time before the first, nor of a user who is not in `roles`.
    """

    ceilings: Sequence[tuple[str, Authority]] = ()
    roles: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)

    def may_alone(
        self, user_id: str, action: ActionName, amount: int, currency: str | None, at: str, grace: timedelta
    ) -> bool:
        """Return whether a member of staff could do this much at that moment, by the role that he or she had."""
        if action not in CEILINGS or user_id not in self.roles:
            return True
        roles = values_around(self.roles[user_id], at, grace)
        return any(role is None or self.covers(role, action, amount, currency, at, grace) for role in roles)

    def covers(
        self, role: str, action: ActionName, amount: int, currency: str | None, at: str, grace: timedelta
    ) -> bool:
        """Return whether a ceiling of a role that was known at that moment covers an amount (minor units)."""
        known: Any = role
        found = values_around(self.ceilings, at, grace)
        return any(one is None or one.covers(known, action, amount, currency) for one in found)

    def had_role(self, user_id: str, roles: Collection[str], at: str, grace: timedelta) -> bool:
        """Return whether a user may have had one of these roles at that moment."""
        found = values_around(self.roles.get(user_id, ()), at, grace)
        return any(one is None or one in roles for one in found)

    def to_json(self) -> dict[str, Any]:
        ceilings = [[set_at, one.to_json(), one.is_strict] for set_at, one in self.ceilings]
        return {"ceilings": ceilings, "roles": {user: [*map(list, changes)] for user, changes in self.roles.items()}}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Ranks":
        ceilings = ((set_at, Authority(given, is_strict)) for set_at, given, is_strict in stored["ceilings"])
        return cls(
            tuple(ceilings), {user: [(at, role) for at, role in changes] for user, changes in stored["roles"].items()}
        )
