"""The PIN of an account: an argon2id hash, and the number of wrong guesses since the last right one."""

from typing import ClassVar

from pynamodb.attributes import UnicodeAttribute

from chalicelib.models import keys
from chalicelib.models.attributes import IntegerAttribute
from chalicelib.models.personal import ErasableItem

FAILURES_MAX = 5


class Pin(ErasableItem, discriminator="pin"):
    """`pin_hash` is absent once staff have reset the PIN: the account has none, until its owner sets another."""

    also_erased: ClassVar[tuple[str, ...]] = ("pin_hash",)

    account_id = UnicodeAttribute()
    pin_hash = UnicodeAttribute(null=True)
    failures = IntegerAttribute(default=0)

    @staticmethod
    def key(account_id: str) -> tuple[str, str]:
        return keys.account(account_id), "PIN"

    @classmethod
    def new(cls, account_id: str, pin_hash: str) -> "Pin":
        pk, sk = cls.key(account_id)
        return cls(pk, sk, account_id=account_id, pin_hash=pin_hash)

    @property
    def is_set(self) -> bool:
        return bool(self.pin_hash)

    @property
    def is_locked(self) -> bool:
        return bool(self.failures >= FAILURES_MAX)
