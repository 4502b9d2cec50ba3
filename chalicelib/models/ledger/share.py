"""What a movement counts for people on a day, beside the accounts that it moves."""

from dataclasses import dataclass, field, replace
from typing import Literal

from chalicelib.domain.ledger import day_hours
from chalicelib.models import keys
from chalicelib.models.item import Key

StaffKind = Literal["STAFF_DEPOSIT", "STAFF_WITHDRAW", "STAFF_TRANSFER"]
Kind = Literal["SPENT", "CASH"] | StaffKind


@dataclass(frozen=True)
class Share:
    """An amount (minor units) that counts for a person on a day of the bank.

    `kind`: a customer has paid it (the account's owner, or the holder who pays), or brought it as cash; or a member of
    staff moves it alone. The day of staff may have `bound` at most, in minor units.
    """

    owner_id: str
    amount: int
    currency: str
    day: str
    kind: Kind = "SPENT"
    bound: int | None = field(default=None, compare=False)

    @property
    def is_of_staff(self) -> bool:
        """Return whether it counts for a member of staff, not for a customer."""
        return self.kind not in ("SPENT", "CASH")

    @property
    def key(self) -> Key:
        """Return the key of the item that counts it."""
        partition = keys.user(self.owner_id) if self.is_of_staff else keys.customer(self.owner_id)
        return partition, f"{self.kind}#{self.day}#{self.currency}"

    def yesterday(self) -> "Share":
        """Return what names the count of the day before."""
        return replace(self, day=day_hours.day_before(self.day))
