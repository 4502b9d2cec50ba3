"""Holds: what pending transactions set aside on accounts. An account's `held` is the sum of its active ones."""

from datetime import timedelta

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.posting import Held
from chalicelib.domain.time import moment
from chalicelib.models.attributes import IntegerAttribute
from chalicelib.models.item import BankItem

KEPT_AFTER_RELEASE = timedelta(days=30)


class Hold(BankItem, discriminator="hold"):
    """`amount` in minor units, positive; `status` is active or released."""

    account_id = UnicodeAttribute()
    transaction_id = UnicodeAttribute()
    amount = IntegerAttribute()
    counted_on = UnicodeAttribute()
    status = UnicodeAttribute(default="active")

    @staticmethod
    def key(account_id: str, transaction_id: str) -> tuple[str, str]:
        return f"ACCOUNT#{account_id}", f"HOLD#{transaction_id}"

    @classmethod
    def of(cls, held: Held, transaction_id: str) -> "Hold":
        pk, sk = cls.key(held.account_id, transaction_id)
        return cls(
            pk,
            sk,
            account_id=held.account_id,
            transaction_id=transaction_id,
            amount=held.amount,
            counted_on=held.counted_on,
        )


def cleared_at(released_at: str) -> int:
    """When DynamoDB may clear a released hold, in epoch seconds; the audit keeps it."""
    return int((moment(released_at) + KEPT_AFTER_RELEASE).timestamp())
