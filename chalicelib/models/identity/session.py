"""Sessions: one for each sign-in, ended by logging out, by its own age, or when its refresh token is misused."""

from collections.abc import Mapping
from datetime import datetime

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.domain.errors import Unauthorized
from chalicelib.domain.identity import session as lifetimes
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import moment, timestamp
from chalicelib.models import keys
from chalicelib.models.attributes import IntegerAttribute
from chalicelib.models.batch import batch_get
from chalicelib.models.identity.user import User
from chalicelib.models.item import Action, BankItem
from chalicelib.models.paging import Page, Paging, query_page


class Session(BankItem, discriminator="session"):
    """`status` is active or ended. Of the refresh token's secret only the SHA-256 is kept.

    `previous_hash` is that of the token before it. The network `source_hmac` exchanged that one at `rotated_at` (epoch
    seconds), and repeated it `grace_uses` times. `email_verified` is the user's: the authorizer does not read the user.
    `factor_used_at` is when the session last used a second factor; a session that has used none lacks it.
    """

    id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    refresh_hash = UnicodeAttribute()
    previous_hash = UnicodeAttribute(null=True)
    rotated_at = IntegerAttribute(null=True)
    grace_uses = IntegerAttribute(null=True)
    source_hmac = UnicodeAttribute(null=True)
    email_verified = BooleanAttribute(default=False)
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
    def new(
        cls, user_id: str, session_id: str, refresh_hash: str, now: datetime, *, email_verified: bool = False
    ) -> "Session":
        pk, sk = cls.key(user_id, session_id)
        session = cls(pk, sk, id=session_id, user_id=user_id, refresh_hash=refresh_hash, email_verified=email_verified)
        session.expires_at = lifetimes.expires_at(now, now)
        return session

    def is_running(self, now: datetime) -> bool:
        return self.status == "active" and not self.has_expired(now)

    @classmethod
    def still_runs(cls, user_id: str, session_id: str) -> Action:
        """Make a transaction depend on a session not having ended."""
        pk, sk = cls.key(user_id, session_id)
        condition = cls.status == "active"
        return {"ConditionCheck": cls.get_operation_kwargs_from_class(pk, sk, condition=condition)}

    def may_repeat(self, used_hash: str, source_hmac: str, now: datetime) -> bool:
        """Return whether the token before the last one is used again because its answer may have been lost: at once,
        from the network that has exchanged it, and not too often."""
        if self.previous_hash != used_hash or self.source_hmac != source_hmac:
            return False
        return lifetimes.is_within_grace(self.rotated_at, self.grace_uses, now)

    def rotate(
        self, next_hash: str, source_hmac: str, caller: Caller, now: datetime, *, email_verified: bool
    ) -> Action:
        """Return the action that exchanges the refresh token, if it is the last one and the session is active."""
        changes = {
            "previous_hash": self.refresh_hash,
            "rotated_at": int(now.timestamp()),
            "grace_uses": 0,
            "source_hmac": source_hmac,
            "email_verified": email_verified,
        }
        return self._exchange(next_hash, changes, caller, now)

    def repeat(self, next_hash: str, caller: Caller, now: datetime) -> Action:
        """Return the action that exchanges the refresh token once more for who holds the one before it. The last one,
        whose answer was lost, is replaced: only one token is valid at any time."""
        return self._exchange(next_hash, {"grace_uses": self.grace_uses + 1}, caller, now)

    def _exchange(self, next_hash: str, changes: Mapping[str, object], caller: Caller, now: datetime) -> Action:
        condition = (Session.refresh_hash == self.refresh_hash) & (Session.status == "active")
        expires_at = lifetimes.expires_at(moment(self.created_at or ""), now)
        return self.update_if(
            condition,
            self.setting({"refresh_hash": next_hash, "expires_at": expires_at, **changes}),
            caller,
            now,
        )

    def learn_of_verification(self, caller: Caller, now: datetime) -> Action:
        """Remember that the user's address is verified, if the session runs."""
        return self.update_if(Session.status == "active", [Session.email_verified.set(True)], caller, now)

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
