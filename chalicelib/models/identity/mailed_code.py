"""Codes that a user gets by mail: one per user and purpose, only the last one requested."""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, Self

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from chalicelib.domain.crypto.token_hash import digest
from chalicelib.domain.identity import mailed_code
from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.attributes import ChoiceAttribute, IntegerAttribute, PersonalAttribute
from chalicelib.models.item import Action, BankItem
from chalicelib.models.personal import PersonalItem

Status = Literal["proposed", "issued", "used"]


class MailedCode(BankItem):
    """A code for one purpose: the SHA-256 of its secret, valid until `valid_until` (epoch seconds).

    `sent_to` is the keyed hash of the address that it was sent to: it proves nothing about any other. `requests` are
    those of the last hour. A new request overwrites the code, so that an old code is invalid and no list has to be
    searched. The item is never deleted: a new one at its key would begin a second chain in the audit.
    """

    name: ClassVar[str]
    """The sort key."""
    valid: ClassVar[timedelta]
    removed_when_used: ClassVar[tuple[str, ...]] = ()

    user_id = UnicodeAttribute()
    secret_hash = UnicodeAttribute()
    status = ChoiceAttribute[Status](default="issued")
    valid_until = IntegerAttribute()
    sent_to = UnicodeAttribute(null=True)
    requests: JSONAttribute = JSONAttribute()

    @classmethod
    def key(cls, user_id: str) -> tuple[str, str]:
        return keys.user(user_id), cls.name

    @classmethod
    def issue(
        cls,
        existing: Self | None,
        user_id: str,
        sent_to: str,
        secret_hash: str,
        requests: list[int],
        caller: Caller,
        now: datetime,
    ) -> Action:
        """Let this secret be the one that counts, if nobody has issued another since `existing` was read."""
        valid_until = int((now + cls.valid).timestamp())
        if existing is None:
            made = cls(
                *cls.key(user_id),
                user_id=user_id,
                secret_hash=secret_hash,
                valid_until=valid_until,
                sent_to=sent_to,
                requests=requests,
            )
            return made.stamp(caller, now).put_if_absent()
        changes = [
            cls.secret_hash.set(secret_hash),
            cls.status.set("issued"),
            cls.valid_until.set(valid_until),
            cls.sent_to.set(sent_to),
            cls.requests.set(requests),
        ]
        return existing.update_if(cls.version == existing.version, changes, caller, now)

    def is_good(self, secret: str, now: datetime) -> bool:
        """Return whether this is the secret, not used yet and not too old."""
        is_right = hmac.compare_digest(self.secret_hash, digest(secret))
        return is_right and self.status == "issued" and self.valid_until > now.timestamp()

    def use_up(self, caller: Caller, now: datetime) -> Action:
        """Use it up, if it is as it was read: once, and not after another one was issued."""
        kind = type(self)
        as_read = (kind.version == self.version) & (kind.status == "issued")
        removed = [getattr(kind, name).remove() for name in self.removed_when_used]
        return self.update_if(as_read, [kind.status.set("used"), *removed], caller, now)


class PasswordReset(MailedCode, discriminator="password_reset"):
    """Lets a user set a new password."""

    name = "PASSWORD_RESET"
    valid = mailed_code.RESET_VALID


class EmailVerification(MailedCode, PersonalItem, discriminator="email_verification"):
    """Shows that a user reads the mailbox of its address, or of a new one that is to replace it.

    `email` and `email_hmac` are the new address, if one was asked for. Codes are sent to that one then.
    """

    name = "EMAIL_VERIFICATION"
    valid = mailed_code.VERIFICATION_VALID
    also_erased: ClassVar[tuple[str, ...]] = ("email_hmac",)
    removed_when_used = ("email", "email_hmac")

    subject_id = UnicodeAttribute(null=True)
    email = PersonalAttribute(null=True)
    email_hmac = UnicodeAttribute(null=True)

    @property
    def whose(self) -> str:
        return str(self.subject_id or self.user_id)

    @classmethod
    def propose(
        cls,
        existing: "EmailVerification | None",
        user_id: str,
        values: Mapping[str, str | None],
        requests: list[int],
        caller: Caller,
        now: datetime,
    ) -> Action:
        """Store the new address, or that there is none, and void the last code, if the item is as it was read."""
        valid_until = int((now + cls.valid).timestamp())
        changes: dict[str, Any] = {
            **values,
            "status": "proposed",
            "secret_hash": "",
            "valid_until": valid_until,
            "requests": requests,
        }
        if existing is None:
            return cls(*cls.key(user_id), user_id=user_id, **changes).stamp(caller, now).put_if_absent()
        return existing.set_as_read(changes, caller, now)
