"""Rights on an account: who holds it, and what each holder may do. Every check uses this module.

A joint holder has one right, and each includes the one before it: to view the account, to pay from it, to manage it.
The owner may do all that customers may. Staff and auditors see every account; what they may do is their role's matter.
But staff do nothing on an account that they own or hold themselves, as customers, except to look at it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from chalicelib.domain import conflict_of_interest, errors
from chalicelib.domain.errors import Conflict, ConflictOfInterest, Forbidden, NotFound
from chalicelib.domain.permissions import Caller

Right = Literal["view", "pay", "manage"]
AccessLevel = Literal[Right, "own"]
Wanted = Literal[AccessLevel, "bank"]
"""`bank` is what staff alone may do with an account, such as freezing it: no customer has that level."""
ACCESS_LEVELS: tuple[Wanted, ...] = get_args(Wanted)
HOLDERS_MAX = 8
"""They stand on the account's own item, which every posting reads and writes."""


def is_more(right: Right, other: Right) -> bool:
    """Return whether a right includes more than another one."""
    return ACCESS_LEVELS.index(right) > ACCESS_LEVELS.index(other)


@dataclass(frozen=True)
class AccountAccess:
    """`owner_id` and the keys of `holders` are customers; the bank's own accounts have no owner."""

    account_id: str
    owner_id: str | None
    holders: Mapping[str, Right] = field(default_factory=dict)

    def level_of(self, customer_id: str | None) -> AccessLevel | None:
        """Return the customer's level of access, or None if the customer has no access to the account."""
        if customer_id is None:
            return None
        return "own" if customer_id == self.owner_id else self.holders.get(customer_id)

    def people(self) -> list[str]:
        """Return the customers who own or hold the account."""
        return [*([self.owner_id] if self.owner_id else []), *self.holders]

    def is_own_of(self, caller: Caller) -> bool:
        """Return whether the caller is staff and, as a customer, owns or holds the account."""
        return self.level_of(caller.own_customer_id) is not None

    def require_impartial(self, caller: Caller) -> None:
        """Raise ConflictOfInterest for staff who own or hold the account."""
        if self.is_own_of(caller):
            raise ConflictOfInterest(conflict_of_interest.OWN_ACCOUNT)

    def lets(self, caller: Caller, wanted: Wanted) -> bool:
        if caller.sees_everything:
            return wanted == "view" or not self.is_own_of(caller)
        level = self.level_of(caller.customer_id)
        return level is not None and ACCESS_LEVELS.index(level) >= ACCESS_LEVELS.index(wanted)

    def require(self, caller: Caller, wanted: Wanted) -> None:
        """Raise NotFound for a caller without access to the account, Forbidden for a holder without this right.

        Raise ConflictOfInterest for staff who want more than to view an account of their own.
        """
        if self.lets(caller, wanted):
            return
        self.require_impartial(caller)
        level = self.level_of(caller.customer_id)
        if level is None:
            raise errors.unknown("account", self.account_id)
        if wanted not in get_args(Right):
            raise Forbidden("You are a joint holder. Only the account's owner can do this.")
        raise Forbidden(
            f"You have the right to {level} on this account; this needs the right to {wanted}. Ask the bank."
        )

    def add_holder(self, customer_id: str, right: Right) -> dict[str, Right]:
        """Return the holders with a customer added. Raises Conflict for the owner, and for one holder too many."""
        if customer_id == self.owner_id:
            raise Conflict("This customer already owns the account.")
        after = {**self.holders, customer_id: right}
        if len(after) > HOLDERS_MAX:
            raise Conflict(f"An account has at most {HOLDERS_MAX} joint holders. Remove one first.")
        return after

    def remove_holder(self, caller: Caller, customer_id: str) -> dict[str, Right]:
        """Return the holders without one of them. Staff, the owner or the holder may end a holding.

        Raises NotFound for who is not one of them.
        """
        self.require(caller, "view" if customer_id == caller.customer_id else "own")
        if customer_id not in self.holders:
            raise NotFound(f"The account has no joint holder {errors.shorten(customer_id)}.")
        return {other: right for other, right in self.holders.items() if other != customer_id}
