"""The record of the latest replacement of the key that signs access tokens."""

from collections.abc import Mapping
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.attributes import IntegerAttribute
from chalicelib.models.item import Action, BankItem


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
    def latest(cls) -> "KeyRotation | None":
        return cls.find(keys.KEY_ROTATIONS, "ROTATION")

    @classmethod
    def record(cls, before: "KeyRotation | None", values: Mapping[str, Any], caller: Caller, at: str) -> Action:
        """Write the latest rotation, unless somebody else has since `before` was read."""
        if before is None:
            return cls(keys.KEY_ROTATIONS, "ROTATION", **values).stamp(caller, at).put_if_absent()
        return before.set_as_read(values, caller, at)
