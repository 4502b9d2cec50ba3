"""Counters of attempts at passwords: by e-mail address, and by source. They expire, and the audit leaves them out."""

from collections.abc import Sequence
from datetime import datetime

from pynamodb.attributes import JSONAttribute

from chalicelib.domain.identity import lockout
from chalicelib.domain.identity.lockout import Failures
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import keys
from chalicelib.models.attributes import CompactJSONAttribute, IntegerAttribute
from chalicelib.models.item import Action, BankItem

DAY_SECONDS = 24 * 60 * 60


class LoginAttempts(BankItem, discriminator="login_attempts"):
    """Attempts at an address that have not led to a sign-in; known and unknown addresses alike.

    `failures` are their times by origin (`domain/identity/lockout.py`), `unlocks` the times when staff cleared them.
    """

    failures: JSONAttribute = CompactJSONAttribute(null=True)
    unlocks: JSONAttribute = CompactJSONAttribute(null=True)

    @staticmethod
    def key(email_hmac: str) -> tuple[str, str]:
        return keys.email(email_hmac), "ATTEMPTS"

    @classmethod
    def new(
        cls, before: "LoginAttempts | None", email_hmac: str, failures: Failures, unlocks: Sequence[int], now: datetime
    ) -> "LoginAttempts":
        """Return the counter with these failures and unlocks, as it is once it is written over `before`."""
        item = cls(*cls.key(email_hmac), failures=dict(failures), unlocks=list(unlocks))
        item.version = before.version + 1 if before else 1
        item.expires_at = int(now.timestamp()) + lockout.MEMORY_SECONDS
        return item

    def write_over(self, before: "LoginAttempts | None", caller: Caller, now: datetime) -> Action:
        """Write the counter, if nobody else has since `before` was read."""
        kind = LoginAttempts
        if before is None:
            return self.stamp(caller, now).put_if_absent()
        changes = kind.setting({name: getattr(self, name) for name in ("failures", "unlocks", "expires_at")})
        return before.update_if(kind.version == before.version, changes, caller, now)


class SourceAttempts(BankItem, discriminator="source_attempts"):
    """How many attempts from a source have not led to a sign-in in a UTC day, and when the last one was made."""

    failures = IntegerAttribute()
    last_at = IntegerAttribute()

    @staticmethod
    def key(source_hmac: str, now: datetime) -> tuple[str, str]:
        return f"SOURCE#{source_hmac}", f"ATTEMPTS#{int(now.timestamp()) // DAY_SECONDS}"

    @classmethod
    def record(cls, source_hmac: str, failures_max: int, caller: Caller, now: datetime) -> Action:
        """Count an attempt, if the source need not pause; the counter as it is comes back with the refusal.

        Nothing is read for it, and attempts at once do not overtake each other: a whole network shares the counter.
        """
        seconds = int(now.timestamp())
        may_try = (
            cls.failures.does_not_exist()
            | (cls.failures < failures_max)
            | (cls.last_at <= seconds - lockout.SOURCE_PAUSE_SECONDS)
        )
        changes = [
            cls.type.set(cls),
            cls.created_at.set(cls.created_at | timestamp(now)),
            cls.failures.add(1),
            cls.last_at.set(seconds),
            cls.expires_at.set(seconds + 2 * DAY_SECONDS),
        ]
        return cls(*cls.key(source_hmac, now)).update_if(may_try, changes, caller, now)

    @classmethod
    def uncount(cls, source_hmac: str, caller: Caller, now: datetime) -> Action:
        """Take back an attempt that was counted at `now`: it has led to a sign-in."""
        return cls(*cls.key(source_hmac, now)).update_existing([cls.failures.add(-1)], caller, now)

    def must_pause(self, failures_max: int, now: datetime) -> bool:
        """Return whether no attempt is allowed now, as `record` has it."""
        has_failed_often = self.failures >= failures_max
        return has_failed_often and self.last_at > int(now.timestamp()) - lockout.SOURCE_PAUSE_SECONDS

    def seconds_to_wait(self, now: datetime) -> int:
        """Return the seconds until another attempt is allowed, at least 1."""
        return max(1, self.last_at + lockout.SOURCE_PAUSE_SECONDS - int(now.timestamp()))
