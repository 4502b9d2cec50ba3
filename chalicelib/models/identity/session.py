"""Sessions: one for each sign-in, ended by logging out, by its own age, or when its refresh token is misused."""

from datetime import datetime

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.errors import Unauthorized
from chalicelib.domain.identity import session as lifetimes
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import moment, timestamp
from chalicelib.models import keys
from chalicelib.models.batch import batch_get
from chalicelib.models.identity.user import User
from chalicelib.models.item import Action, BankItem
from chalicelib.models.paging import Page, Paging, query_page


class Session(BankItem, discriminator="session"):
    """`status` is active or ended. Of the refresh token's secret only the SHA-256 is kept.

    `factor_used_at` is when the session last used a second factor; a session that has used none lacks it.
    """

    id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    refresh_hash = UnicodeAttribute()
    status = UnicodeAttribute(default="active")
    ended_because = UnicodeAttribute(null=True)
    factor_used_at = UnicodeAttribute(null=True)

    @staticmethod
    def key(user_id: str, session_id: str) -> tuple[str, str]:
        return keys.user(user_id), f"SESSION#{session_id}"

    @classmethod
    def by_id(cls, user_id: str, session_id: str) -> "Session | None":
        return cls.find(*cls.key(user_id, session_id))

    @classmethod
    def with_user(cls, user_id: str, session_id: str) -> "tuple[User | None, Session | None]":
        """Read a user and one of its sessions, in one call."""
        user, session = None, None
        for item in batch_get([User.key(user_id), cls.key(user_id, session_id)]):
            if isinstance(item, User):
                user = item
            elif isinstance(item, Session):
                session = item
        return user, session

    @classmethod
    def new(cls, user_id: str, session_id: str, refresh_hash: str, now: datetime) -> "Session":
        pk, sk = cls.key(user_id, session_id)
        session = cls(pk, sk, id=session_id, user_id=user_id, refresh_hash=refresh_hash)
        session.expires_at = lifetimes.expires_at(now, now)
        return session

    def is_running(self, now: datetime) -> bool:
        return self.status == "active" and not self.has_expired(now)

    def rotate(self, used_hash: str, next_hash: str, caller: Caller, now: datetime) -> Action:
        """Return the action that exchanges the refresh token, if it is the last one and the session is active."""
        condition = (Session.refresh_hash == used_hash) & (Session.status == "active")
        expires_at = lifetimes.expires_at(moment(self.created_at or ""), now)
        changes = [Session.refresh_hash.set(next_hash), Session.expires_at.set(expires_at)]
        return self.update_if(condition, changes, caller, now)

    def mark_factor_used(self, caller: Caller, at: datetime | str) -> Action:
        """Store that the session has used a second factor now, if it runs."""
        used_at = at if isinstance(at, str) else timestamp(at)
        return self.update_if(Session.status == "active", [Session.factor_used_at.set(used_at)], caller, at)

    def end(self, because: str, caller: Caller, now: datetime) -> Action:
        """End the session, if it runs."""
        changes = [Session.status.set("ended"), Session.ended_because.set(because)]
        return self.update_if(Session.status == "active", changes, caller, now)


def require_running(session: object, now: datetime) -> Session:
    """Return what was read, if it is a session that is active. Raises Unauthorized."""
    if not isinstance(session, Session) or not session.is_running(now):
        raise Unauthorized("Your session has ended. Log in again.")
    return session


def running_page(user_id: str, now: datetime, paging: Paging) -> Page[Session]:
    """List a user's active sessions, newest first; a page may be short or empty while there are more."""
    return query_page(
        Session,
        keys.user(user_id),
        limit=paging.limit,
        cursor=paging.cursor,
        between=Session.sk.startswith("SESSION#"),
        matching=(Session.status == "active") & Session.is_kept(now),
        consistent=True,
    )
