"""The record of the latest replacement of a key of the bank: the one that signs access tokens, or webhook messages."""

from collections.abc import Mapping
from typing import Any, Literal

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.attributes import IntegerAttribute
from chalicelib.models.item import Action, BankItem

KeyName = Literal["token-key", "webhook-key"]
"""The name that the audit has for a key."""


class KeyRotation(BankItem, discriminator="key_rotation"):
    """The latest replacement of a key by another, by their ids. The audit has all of them.

    `status` is `begun` or `ended`. `signs_from` is the second from which the new key signs; `rotated_by` is the
    operator's identity at AWS; `reason` is `planned` or `leaked`.
    """

    status = UnicodeAttribute()
    new_kid = UnicodeAttribute()
    old_kid = UnicodeAttribute()
    signs_from = IntegerAttribute()
    rotated_by = UnicodeAttribute()
    reason = UnicodeAttribute()

    @classmethod
    def latest(cls, name: KeyName) -> "KeyRotation | None":
        return cls.find(keys.OPERATED_KEYS[name], "ROTATION")

    @classmethod
    def record(
        cls, name: KeyName, before: "KeyRotation | None", values: Mapping[str, Any], caller: Caller, at: str
    ) -> Action:
        """Write the latest rotation of a key, unless somebody else has since `before` was read."""
        if before is None:
            return cls(keys.OPERATED_KEYS[name], "ROTATION", **values).stamp(caller, at).put_if_absent()
        return before.set_as_read(values, caller, at)
