"""Approval policies: which actions wait for a second person, from which amount, and who decides. Pure rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from chalicelib.domain.approvals.action import ACTIONS, ActionName
from chalicelib.domain.money import DECIMALS, minor_of_units
from chalicelib.domain.permissions import Role

Control = Literal["off", "require", "block"]
Reason = Literal["risk_review", "policy", "ceiling"]
"""Why a request waits."""
Verdict = Literal["free", "wait", "blocked"]

EXPIRES_HOURS = 72
EXPIRES_HOURS_MAX = 24 * 30
REQUIRED_MAX = 2
STANDARD_ABOVE_UNITS: Mapping[ActionName, int] = {
    "transfer": 25_000,
    "standing_order": 25_000,
    "withdraw": 10_000,
    "deposit": 50_000,
}
"""Whole units, of a currency that weighs as one, above which money waits where policies are on."""
STAFF_ROLES: frozenset[Role] = frozenset({"teller", "manager", "admin"})


@dataclass(frozen=True)
class Policy:
    """How one action is controlled.

    `above`: minor units by currency; an amount of a currency that is listed waits only if it is larger, any other
    always. `within_24h`: whether what was paid in the 24 hours before counts, too. `roles`: those who may decide.
    """

    action: ActionName
    control: Control
    above: Mapping[str, int]
    within_24h: bool
    required: int
    roles: tuple[Role, ...]
    expires_hours: int = EXPIRES_HOURS

    def judge(self, currency: str | None = None, amount: int = 0, sent_24h: int = 0) -> Verdict:
        """Return whether an action may be done at once. `amount` and `sent_24h` in minor units, not negative."""
        if self.control == "off":
            return "free"
        counted = amount + sent_24h if self.within_24h else amount
        if currency and currency in self.above and counted <= self.above[currency]:
            return "free"
        return "wait" if self.control == "require" else "blocked"

    def free_in_day(self, currency: str) -> int | None:
        """Return up to what sum of a day an amount is free (minor units); None if the sum does not matter."""
        return self.above.get(currency) if self.within_24h and self.control != "off" else None

    def to_json(self) -> dict[str, Any]:
        return {
            "control": self.control,
            "above": dict(self.above),
            "within_24h": self.within_24h,
            "required": self.required,
            "roles": list(self.roles),
            "expires_hours": self.expires_hours,
        }

    @classmethod
    def from_json(cls, action: ActionName, stored: Mapping[str, Any]) -> "Policy":
        return cls(action, **{**stored, "roles": tuple(stored["roles"])})


def standard(action: ActionName, *, is_on: bool) -> Policy:
    """Return the policy of an action until one is set: on in a stage that needs a second person, else off."""
    units = STANDARD_ABOVE_UNITS.get(action) if is_on else None
    above = {currency: minor_of_units(units, currency) for currency in DECIMALS} if units else {}
    counts_day = units is not None and action != "standing_order"
    return Policy(action, "require" if is_on else "off", above, counts_day, 1, ACTIONS[action].deciders)


def find_wrong(policy: Policy) -> list[tuple[str, str]]:
    """Return the wrong fields with messages for the client."""
    found: list[tuple[str, str]] = []
    if policy.above and not ACTIONS[policy.action].has_amount:
        found.append(("above", f"must be empty: {policy.action} has no amount"))
    found += [
        (f"above.{currency}", "is no currency that is known here") for currency in policy.above.keys() - DECIMALS.keys()
    ]
    if policy.within_24h and not policy.above:
        found.append(("within_24h", "needs `above`: the amount from which the sum of 24 hours waits"))
    if not 1 <= policy.required <= REQUIRED_MAX:
        found.append(("required", f"must be from 1 to {REQUIRED_MAX}"))
    if not policy.roles or not set(policy.roles) <= STAFF_ROLES:
        found.append(("roles", f"must be one or more of {', '.join(sorted(STAFF_ROLES))}"))
    if not 1 <= policy.expires_hours <= EXPIRES_HOURS_MAX:
        found.append(("expires_hours", f"must be from 1 to {EXPIRES_HOURS_MAX}"))
    if policy.action == "approval_policy" and policy.control == "block":
        found.append(("control", "must not be block: no policy could ever be changed again"))
    return found
