"""Holds: what pending transactions set aside on accounts. An account's `held` is the sum of its active ones."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Self

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.ledger.posting import Held
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import moment
from chalicelib.models import keys
from chalicelib.models.attributes import IntegerAttribute
from chalicelib.models.item import Action, BankItem
from chalicelib.models.paging import walk_keys, walk_pages

KEPT_AFTER_RELEASE = timedelta(days=30)


ALL_HOLDS = "HOLDS"

NO_END = "9999-12-31T23:59:59.999999Z"
"""The end of a hold that no timer ends: its money may be at another bank already."""


class Hold(BankItem, discriminator="hold"):
    """`amount` in minor units, positive; `status` is active or released.

    While it is active it is listed among all holds, by when it ends at the latest. Unless its transaction is posted, it
    is listed as one of the account's owner, by when it was made.
    """

    account_id = UnicodeAttribute()
    transaction_id = UnicodeAttribute()
    amount = IntegerAttribute()
    counted_on = UnicodeAttribute()
    status = UnicodeAttribute(default="active")

    @staticmethod
    def key(account_id: str, transaction_id: str) -> tuple[str, str]:
        return keys.account(account_id), f"HOLD#{transaction_id}"

    @classmethod
    def of(cls, held: Held, transaction_id: str, owner_id: str, at: str, until: str) -> "Hold":
        pk, sk = cls.key(held.account_id, transaction_id)
        return cls(
            pk,
            sk,
            account_id=held.account_id,
            transaction_id=transaction_id,
            amount=held.amount,
            counted_on=held.counted_on,
            gsi1pk=ALL_HOLDS,
            gsi1sk=until,
            gsi2pk=owner_list(owner_id),
            gsi2sk=at,
        )

    @classmethod
    def all_of_account(cls, account_id: str) -> Iterator[Self]:
        """Yield every hold of an account, released ones too."""
        for page in walk_pages(cls, keys.account(account_id), within=cls.sk.startswith("HOLD#")):
            yield from map(cls.from_raw_data, page)

    @classmethod
    def active_of_account(cls, account_id: str) -> list[Self]:
        """Return the active holds of an account."""
        return [hold for hold in cls.all_of_account(account_id) if hold.status == "active"]

    @classmethod
    def transaction_ids_of_owner(cls, customer_id: str, since: str) -> Iterator[str]:
        """Yield the ids of a customer's transactions that were held from a moment on and are not posted, by an index
        that may be a moment behind."""
        for page in walk_keys(owner_list(customer_id), "gsi2", cls.gsi2sk >= since):
            yield from (keys.id_in(sk) for _, sk in page)

    def is_overdue(self, at: str) -> bool:
        """Return whether an active hold should have ended by a moment (UTC)."""
        return self.status == "active" and at >= self.gsi1sk

    def keep(self, caller: Caller, at: str) -> Action:
        """Return the action after which no timer ends the hold."""
        return self.update_if(Hold.status == "active", [Hold.gsi1sk.set(NO_END)], caller, at)

    def release(self, caller: Caller, at: str, *, is_posted: bool) -> Action:
        """Return the action that releases the hold.

        If its transaction is posted, the entry takes its place in the account's list; the item stays for a while, to
        show why money was held.
        """
        changes: dict[str, object] = {"status": "released", "gsi1pk": None, "gsi1sk": None}
        if is_posted:
            changes |= {"gsi2pk": None, "gsi2sk": None, "expires_at": _removal_time(at)}
        return self.update_if(Hold.status == "active", self.setting(changes), caller, at)


def owner_list(customer_id: str) -> str:
    """Return the index partition of the holds on an owner's accounts whose transactions are not posted."""
    return f"{keys.customer(customer_id)}#HELD"


def _removal_time(released_at: str) -> int:
    """Return when DynamoDB may remove the hold of a posted transaction, in epoch seconds; the audit keeps it."""
    return int((moment(released_at) + KEPT_AFTER_RELEASE).timestamp())
