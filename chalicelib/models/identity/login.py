"""The log of log-ins and log-outs."""

from datetime import datetime, timedelta
from typing import Literal

from pynamodb.attributes import UnicodeAttribute

from chalicelib.models import keys
from chalicelib.models.attributes import ChoiceAttribute, PersonalAttribute
from chalicelib.models.paging import Page, Paging, query_page
from chalicelib.models.personal import PersonalItem

Outcome = Literal[
    "succeeded", "failed", "locked", "unlocked", "logged_out", "password_reset", "mfa_required", "mfa_failed"
]
KEPT = timedelta(days=90)


class Login(PersonalItem, discriminator="login"):
    """A log-in attempt, a log-out, or an unlocking by staff, with their reason. It expires; the audit record made from
    it stays.

    It is encrypted under the key of the address's owner, or under one shared key if the address has no user.
    """

    id = UnicodeAttribute()
    outcome = ChoiceAttribute[Outcome]()
    user_id = UnicodeAttribute(null=True)
    subject_id = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
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
