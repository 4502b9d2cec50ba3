"""The log of log-ins and log-outs, and the count of attempts that locks an e-mail address."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from pynamodb.attributes import Attribute, JSONAttribute, UnicodeAttribute

from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.attributes import PersonalAttribute
from chalicelib.models.item import Action, BankItem
from chalicelib.models.paging import Page, Paging, query_page
from chalicelib.models.personal import PersonalItem

Outcome = Literal["succeeded", "failed", "locked", "logged_out", "password_reset", "mfa_required", "mfa_failed"]
KEPT = timedelta(days=90)


class Login(PersonalItem, discriminator="login"):
    """A log-in attempt or a log-out. It expires; the audit record made from it stays.

    It is encrypted under the key of the address's owner, or under one shared key if the address has no user.
    """

    id = UnicodeAttribute()
    outcome: Attribute[Outcome] = UnicodeAttribute()  # type: ignore[assignment]
    user_id = UnicodeAttribute(null=True)
    subject_id = UnicodeAttribute()
    source_ip = PersonalAttribute(null=True)
    user_agent = PersonalAttribute(null=True)

    @property
    def whose(self) -> str:
        return str(self.subject_id)

    @classmethod
    def of(cls, login_id: str, outcome: Outcome, email_hmac: str, user_id: str | None, now: datetime) -> "Login":
        """Return a new item under the user, or under the address if it has no user."""
        pk = keys.user(user_id) if user_id else keys.email(email_hmac)
        login = cls(pk, f"LOGIN#{login_id}", id=login_id, outcome=outcome, user_id=user_id)
        login.expires_at = int((now + KEPT).timestamp())
        return login


def page_of_user(user_id: str, now: datetime, paging: Paging) -> Page[Login]:
    """List the log-ins of a user that have not expired, newest first, in one query."""
    return query_page(
        Login,
        keys.user(user_id),
        limit=paging.limit,
        cursor=paging.cursor,
        between=Login.sk.startswith("LOGIN#"),
        matching=Login.is_kept(now),
    )


class LoginAttempts(BankItem, discriminator="login_attempts"):
    """Attempts at an address that have not led to a sign-in, as epoch seconds; known and unknown addresses alike.

    The item is updated in place and never cleared: its key would be used again.
    """

    recent: JSONAttribute = JSONAttribute()

    @staticmethod
    def key(email_hmac: str) -> tuple[str, str]:
        return keys.email(email_hmac), "ATTEMPTS"

    @classmethod
    def record(
        cls, existing: "LoginAttempts | None", email_hmac: str, recent: Sequence[int], caller: Caller, now: datetime
    ) -> Action:
        """Write the attempts, if nobody else has counted one since `existing` was read."""
        if existing is None:
            pk, sk = cls.key(email_hmac)
            return cls(pk, sk, recent=list(recent)).stamp(caller, now).put_if_absent()
        return existing.update_if(cls.version == existing.version, [cls.recent.set(list(recent))], caller, now)

    @classmethod
    def clear(cls, email_hmac: str, caller: Caller, now: datetime) -> Action:
        """Forget the attempts, after a success."""
        pk, sk = cls.key(email_hmac)
        return cls(pk, sk).update_if(cls.pk.exists(), [cls.recent.set([])], caller, now)
