"""Ceilings: the most that a member of staff does alone, by role, action and currency. Pure rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from chalicelib.domain.approvals.action import CAPPED, CEILINGS, ActionName
from chalicelib.domain.money import DECIMALS, MINOR_MAX, minor_of_units
from chalicelib.domain.permissions import Role

ROLES: tuple[Role, ...] = ("teller", "manager", "admin")
"""The roles that have ceilings, the lowest first."""

Ceilings = Mapping[Role, Mapping[ActionName, Mapping[str, int]]]
"""Minor units by role, action and currency."""

STANDARD_UNITS: Mapping[Role, Mapping[ActionName, int]] = {
    "teller": {"deposit": 20_000, "withdraw": 10_000, "transfer": 10_000, "reverse": 2_000, "overdraft_limit": 1_000},
    "manager": {
        "deposit": 250_000,
        "withdraw": 100_000,
        "transfer": 250_000,
        "reverse": 50_000,
        "overdraft_limit": 25_000,
    },
    "admin": {
        "deposit": 10_000_000,
        "withdraw": 1_000_000,
        "transfer": 10_000_000,
        "reverse": 10_000_000,
        "overdraft_limit": 500_000,
    },
}
"""Whole units, of a currency that weighs as one (`domain/money.py`)."""
DAY_FACTOR = 10
"""How many times its ceiling a member of staff moves alone in a day, all customers together."""


@dataclass(frozen=True)
class Authority:
    """`given` are the ceilings that were set; any other is the standard, which is no limit unless `is_strict`."""

    given: Ceilings
    is_strict: bool

    def ceiling(self, role: Role, action: ActionName, currency: str) -> int | None:
        """Return the most that a role does alone, in minor units; None of an action without ceilings."""
        capped = CEILINGS.get(action)
        if capped is None:
            return None
        found = self.given.get(role, {}).get(capped, {}).get(currency)
        if found is not None:
            return found
        units = STANDARD_UNITS.get(role, {}).get(capped, 0)
        return minor_of_units(units, currency) if self.is_strict else MINOR_MAX

    def day_ceiling(self, role: Role, action: ActionName, currency: str) -> int | None:
        """Return the most that a member of staff moves alone in a day, in minor units; None without a limit."""
        ceiling = self.ceiling(role, action, currency)
        return None if ceiling is None or ceiling >= MINOR_MAX else ceiling * DAY_FACTOR

    def covers(self, role: Role, action: ActionName, amount: int, currency: str | None) -> bool:
        """Return whether a role may do this much of an action alone."""
        ceiling = None if currency is None else self.ceiling(role, action, currency)
        return ceiling is None or amount <= ceiling

    def table(self, currencies: Iterable[str]) -> Ceilings:
        """Return every ceiling in these currencies."""
        shown = sorted(currencies)
        return {
            role: {action: {one: self.ceiling(role, action, one) or 0 for one in shown} for action in CAPPED}
            for role in ROLES
        }

    def to_json(self) -> dict[str, Any]:
        """Return the ceilings that were set."""
        return {role: {action: dict(amounts) for action, amounts in of.items()} for role, of in self.given.items()}


def find_wrong(authority: Authority) -> list[tuple[str, str]]:
    """Return the wrong fields with messages for the client: an unknown currency, or a higher role with less."""
    currencies = sorted({name for of in authority.given.values() for amounts in of.values() for name in amounts})
    unknown = [name for name in currencies if name not in DECIMALS]
    if unknown:
        return [("ceilings", f"{name} is no currency that is known here") for name in unknown]
    return [
        (f"ceilings.{higher}.{action}.{currency}", f"must not be less than that of {lower}")
        for lower, higher in pairwise(ROLES)
        for action in CAPPED
        for currency in currencies
        if not authority.covers(higher, action, authority.ceiling(lower, action, currency) or 0, currency)
    ]
