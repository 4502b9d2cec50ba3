"""The code that lets a user set a new password: one per user, only the last one requested."""

from datetime import datetime
from typing import Literal

from pynamodb.attributes import Attribute, JSONAttribute, UnicodeAttribute

from chalicelib.domain.identity import password_reset
from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.attributes import IntegerAttribute
from chalicelib.models.item import Action, BankItem

Status = Literal["issued", "used"]


class PasswordReset(BankItem, discriminator="password_reset"):
    """The reset code of a user: the SHA-256 of its secret, valid until `valid_until` (epoch seconds).

    `requests` are those of the last hour. A new request overwrites the code, so that an old code is invalid and no list
    has to be searched. The item is never deleted: a new one at its key would begin a second chain in the audit.
    """

    user_id = UnicodeAttribute()
    secret_hash = UnicodeAttribute()
    status: Attribute[Status] = UnicodeAttribute(default="issued")  # type: ignore[assignment]
    valid_until = IntegerAttribute()
    requests: JSONAttribute = JSONAttribute()

    @staticmethod
    def key(user_id: str) -> tuple[str, str]:
        return keys.user(user_id), "PASSWORD_RESET"

    @classmethod
    def issue(
        cls,
        existing: "PasswordReset | None",
        user_id: str,
        secret_hash: str,
        requests: list[int],
        caller: Caller,
        now: datetime,
    ) -> Action:
        """Let this secret be the one that counts, if nobody has issued another since `existing` was read."""
        valid_until = int((now + password_reset.VALID).timestamp())
        if existing is None:
            made = cls(
                *cls.key(user_id),
                user_id=user_id,
                secret_hash=secret_hash,
                valid_until=valid_until,
                requests=requests,
            )
            return made.stamp(caller, now).put_if_absent()
        changes = [
            cls.secret_hash.set(secret_hash),
            cls.status.set("issued"),
            cls.valid_until.set(valid_until),
            cls.requests.set(requests),
        ]
        return existing.update_if(cls.version == existing.version, changes, caller, now)

    def is_good(self, now: datetime) -> bool:
        return self.status == "issued" and self.valid_until > now.timestamp()

    def use_up(self, caller: Caller, now: datetime) -> Action:
        """Use it up, if it is as it was read: once, and not after another one was issued."""
        as_read = (PasswordReset.version == self.version) & (PasswordReset.status == "issued")
        return self.update_if(as_read, [PasswordReset.status.set("used")], caller, now)
