"""Payments from other banks: who has paid, and what for, beside the transaction that credited the payee."""

from collections.abc import Iterable
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.models.attributes import ChoiceAttribute, PersonalAttribute
from chalicelib.models.batch import get_all
from chalicelib.models.clearing.payment import ClearingPayment, list_of_customer
from chalicelib.models.item import Key
from chalicelib.models.personal import PersonalItem


class IncomingPayment(PersonalItem, discriminator="clearing_incoming"):
    """A payment from another bank. It is put with its transaction, and never changes until the payee is erased.

    `from_name`, `from_iban` and `remittance` are encrypted under the key of the payee, whose erasure removes them.
    `from_bic` is of the payer's bank, where its message says so. `settlement_date` is the banks' day.
    `original_transaction_id` is the other bank's name for the payment; what came in before 2026-11-30 has none.
    """

    id = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    rail = ChoiceAttribute[Rail]()
    uetr = UnicodeAttribute()
    end_to_end_id = UnicodeAttribute()
    message_id = UnicodeAttribute()
    original_transaction_id = UnicodeAttribute(null=True)
    from_bic = UnicodeAttribute(null=True)
    settlement_date = UnicodeAttribute()
    from_name = PersonalAttribute(null=True)
    from_iban = PersonalAttribute(null=True)
    remittance = PersonalAttribute(null=True)

    @property
    def whose(self) -> str:
        return str(self.customer_id)

    @staticmethod
    def key(transaction_id: str) -> Key:
        return ClearingPayment.partition(transaction_id), "INCOMING"

    @classmethod
    def by_id(cls, transaction_id: str) -> "IncomingPayment | None":
        return cls.find(*cls.key(transaction_id))

    @classmethod
    def of_transactions(cls, transaction_ids: Iterable[str]) -> list["IncomingPayment"]:
        """Return those of some transactions that exist, a hundred per call."""
        return get_all(cls, map(cls.key, transaction_ids))

    @classmethod
    def new(cls, transaction_id: str, customer_id: str, at: str, **fields: Any) -> "IncomingPayment":
        """Return a payment, listed with the others of its payee."""
        return cls(
            *cls.key(transaction_id),
            id=transaction_id,
            customer_id=customer_id,
            gsi2pk=list_of_customer(customer_id),
            gsi2sk=at,
            **fields,
        )
