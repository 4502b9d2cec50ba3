"""What money-laundering law makes the bank keep of an erased customer, and the record of each time it was opened."""

from datetime import date

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.item import BankItem


class RetainedIdentity(BankItem, discriminator="retained_identity"):
    """`ciphertext` is under a data key, of which `wrapped_key` (Base64) is the only copy. The functions of the bank may
    create such keys and never unwrap one. The last day is `retained_until`; DynamoDB deletes the item after that.
    """

    customer_id = UnicodeAttribute()
    retained_until = UnicodeAttribute()
    wrapped_key = UnicodeAttribute()
    ciphertext = UnicodeAttribute()

    @staticmethod
    def key(customer_id: str) -> tuple[str, str]:
        return keys.customer(customer_id), "RETAINED"

    @classmethod
    def of_customer(cls, customer_id: str) -> "RetainedIdentity | None":
        return cls.find(*cls.key(customer_id))

    @property
    def last_day(self) -> date:
        return date.fromisoformat(self.retained_until)


class RetainedOpening(BankItem, discriminator="retained_opening"):
    """Who opened a retained identity, and why. `opened_by` is the operator's identity at AWS."""

    customer_id = UnicodeAttribute()
    opened_by = UnicodeAttribute()
    reason = UnicodeAttribute()

    @classmethod
    def new(cls, customer_id: str, opened_by: str, reason: str, caller: Caller, at: str) -> "RetainedOpening":
        """Return the record of an opening at a moment; openings are in their order."""
        place = f"OPENING#{at}#{caller.request_id}"
        item = cls(keys.customer(customer_id), place, customer_id=customer_id, opened_by=opened_by, reason=reason)
        return item.stamp(caller, at)
