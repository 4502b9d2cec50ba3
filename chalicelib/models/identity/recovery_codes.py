"""The recovery codes of a user, one item: what gets somebody in who has lost every factor."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.identity.second_factor import FAILURES_MAX
from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.attributes import CompactJSONAttribute, IntegerAttribute
from chalicelib.models.item import Action, Key
from chalicelib.models.personal import ErasableItem


class RecoveryCodes(ErasableItem, discriminator="recovery_codes"):
    """`hashes` are the SHA-256 of the codes that were not used yet; None once the user has no factor any more.

    `failures` counts wrong codes since the codes were made. The item is overwritten, never deleted.
    """

    also_erased: ClassVar[tuple[str, ...]] = ("hashes",)

    user_id = UnicodeAttribute()
    hashes: CompactJSONAttribute = CompactJSONAttribute(null=True)
    failures = IntegerAttribute(default=0)

    @property
    def is_locked(self) -> bool:
        return bool(self.failures >= FAILURES_MAX)

    @staticmethod
    def key(user_id: str) -> Key:
        return keys.user(user_id), "RECOVERY_CODES"

    @classmethod
    def of(cls, user_id: str) -> "RecoveryCodes | None":
        return cls.find(*cls.key(user_id))

    @classmethod
    def issue(
        cls, existing: "RecoveryCodes | None", user_id: str, hashes: Sequence[str], caller: Caller, now: datetime
    ) -> Action:
        """Let these codes be the ones that count, and no other, if nobody has changed them since they were read."""
        if existing is None:
            return cls(*cls.key(user_id), user_id=user_id, hashes=list(hashes)).stamp(caller, now).put_if_absent()
        return existing.set_as_read({"hashes": list(hashes), "failures": 0}, caller, now)

    def use_up(self, code_hash: str, caller: Caller, now: datetime) -> Action:
        """Use up one code, if the codes are as they were read: of many requests at once one is the first."""
        left = [one for one in self.hashes or [] if one != code_hash]
        return self.set_as_read({"hashes": left}, caller, now)

    def count_failure(self, caller: Caller, now: datetime) -> Action:
        """Count a wrong code, unless the codes are locked."""
        counting = RecoveryCodes.failures < FAILURES_MAX
        return self.update_if(counting, [RecoveryCodes.failures.add(1)], caller, now)

    def withdraw(self, caller: Caller, now: datetime) -> Action:
        """Take the codes away from a user who has no factor any more."""
        return self.update_existing([RecoveryCodes.hashes.remove()], caller, now)
