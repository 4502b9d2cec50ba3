"""What members of staff have moved alone on each day, as their sums have it and as the transactions have it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self

from chalicelib.domain.approvals.action import ActionName
from chalicelib.domain.approvals.ceilings import ROLES
from chalicelib.domain.verification.day_sums import Bounds, SumName, Window, require_sums
from chalicelib.domain.verification.ranks import Ranks, values_around

STAFF_KINDS: Mapping[str, tuple[ActionName, str]] = {
    "deposit": ("deposit", "STAFF_DEPOSIT"),
    "withdrawal": ("withdraw", "STAFF_WITHDRAW"),
    "transfer": ("transfer", "STAFF_TRANSFER"),
    "payment": ("transfer", "STAFF_TRANSFER"),
}
"""The action and the sum that count a type of transactions."""


@dataclass(frozen=True)
class Moved:
    """A movement that one user has made alone; `may_be_approved` if it may have been approved as something else."""

    user_id: str
    type: str
    amount: int
    currency: str
    at: str
    may_be_approved: bool = False


@dataclass
class StaffSums:
    """Sums of users of the staff, by user: those that transactions lead to, and those that were found."""

    due: dict[str, dict[SumName, Bounds]] = field(default_factory=dict)
    found: dict[str, dict[SumName, int]] = field(default_factory=dict)

    def add(self, moved: Moved, ranks: Ranks, grace: timedelta, window: Window) -> None:
        """Add a movement, if its maker had a ceiling. Where that is not known, it may have been counted."""
        action, kind = STAFF_KINDS[moved.type]
        had = set(_ceilings(moved, action, ranks, grace))
        if had == {False} or not window.has(moved.at):
            return
        name = SumName(kind, window.day_of(moved.at), moved.currency)
        is_sure = had == {True} and not moved.may_be_approved and window.is_sure(moved.at)
        self._due(moved.user_id, name).add(moved.amount, is_sure=is_sure)

    def merge(self, other: "StaffSums") -> None:
        for user_id, due in other.due.items():
            for name, bounds in due.items():
                self._due(user_id, name).merge(bounds)
        for user_id, found in other.found.items():
            self.found.setdefault(user_id, {}).update(found)

    def require(self, user_ids: Iterable[str]) -> None:
        """Check the sums of these users. Raises Broken at the first that is wrong."""
        for user_id in sorted(user_ids):
            require_sums(user_id, self.due.get(user_id, {}), self.found.get(user_id, {}))

    def to_json(self) -> dict[str, Any]:
        due = [[u, *vars(n).values(), b.least, b.most] for u, of in self.due.items() for n, b in of.items()]
        found = [[u, *vars(n).values(), amount] for u, of in self.found.items() for n, amount in of.items()]
        return {"due": due, "found": found}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        sums = cls()
        for user_id, *name, least, most in stored["due"]:
            sums.due.setdefault(user_id, {})[SumName(*name)] = Bounds(least, most)
        for user_id, *name, amount in stored["found"]:
            sums.found.setdefault(user_id, {})[SumName(*name)] = amount
        return sums

    def _due(self, user_id: str, name: SumName) -> Bounds:
        return self.due.setdefault(user_id, {}).setdefault(name, Bounds())


def _ceilings(moved: Moved, action: ActionName, ranks: Ranks, grace: timedelta) -> Iterable[bool]:
    """Yield whether the maker's day had a ceiling, for all that may have been known at that moment."""
    for role in values_around(ranks.roles.get(moved.user_id, ()), moved.at, grace):
        for authority in values_around(ranks.ceilings, moved.at, grace):
            known = next((one for one in ROLES if one == role), None)
            if role is None or authority is None:
                yield from (True, False)
            else:
                yield known is not None and authority.day_ceiling(known, action, moved.currency) is not None
