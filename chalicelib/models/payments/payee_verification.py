"""Verifications of payees: how well a name fitted the holders of an IBAN. Each is good once, for a quarter of an hour.

Only a keyed hash of name and IBAN is stored, and it expires.
"""

from datetime import datetime, timedelta
from typing import Literal

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from chalicelib.domain.payments.payee_name import Result
from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.attributes import ChoiceAttribute
from chalicelib.models.item import Action, BankItem, Key

VALID = timedelta(minutes=15)
WINDOW = timedelta(hours=1)
Status = Literal["open", "used"]


class PayeeVerification(BankItem, discriminator="payee_verification"):
    """A verification, bound to the user who asked and, by `payee_hmac`, to the exact name and IBAN."""

    id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    payee_hmac = UnicodeAttribute()
    result = ChoiceAttribute[Result]()
    status = ChoiceAttribute[Status](default="open")

    @staticmethod
    def key(user_id: str, verification_id: str) -> Key:
        return keys.user(user_id), f"PAYEE_VERIFICATION#{verification_id}"

    @classmethod
    def new(
        cls, user_id: str, verification_id: str, payee_hmac: str, result: Result, now: datetime
    ) -> "PayeeVerification":
        item = cls(*cls.key(user_id, verification_id), id=verification_id, user_id=user_id, payee_hmac=payee_hmac)
        item.result, item.expires_at = result, int((now + VALID).timestamp())
        return item

    def is_good(self, payee_hmac: str, now: datetime) -> bool:
        """Return whether it may still be used for this name and IBAN."""
        return self.payee_hmac == payee_hmac and self.status == "open" and not self.has_expired(now)

    def use_up(self, caller: Caller, now: datetime) -> Action:
        """Use it up, if nobody else has."""
        return self.update_if(PayeeVerification.status == "open", [PayeeVerification.status.set("used")], caller, now)


class VerificationCount(BankItem, discriminator="payee_verification_count"):
    """When a user has asked within the last hour, in epoch seconds."""

    user_id = UnicodeAttribute()
    asked_at: JSONAttribute = JSONAttribute()

    @staticmethod
    def key(user_id: str) -> Key:
        return keys.user(user_id), "PAYEE_VERIFICATIONS"

    @classmethod
    def add(cls, existing: "VerificationCount | None", asked_at: list[int], caller: Caller, now: datetime) -> Action:
        """Store the times, if the item is as it was read."""
        expires_at = int((now + WINDOW).timestamp())
        if existing is None:
            item = cls(*cls.key(caller.user_id), user_id=caller.user_id, asked_at=asked_at, expires_at=expires_at)
            return item.stamp(caller, now).put_if_absent()
        return existing.set_as_read({"asked_at": asked_at, "expires_at": expires_at}, caller, now)
