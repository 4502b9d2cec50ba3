"""Who commits the posts of a busy account at the moment: a lease for each such account, and what groups have posted.

Nothing that must hold depends on a lease. Two holders at once meet as any two writers do, and one of them waits.
"""

from datetime import datetime, timedelta
from typing import Self

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.domain.ledger.group_rounds import Rounds
from chalicelib.domain.time import moment, timestamp
from chalicelib.models.attributes import IntegerAttribute
from chalicelib.models.item import Item, Key
from chalicelib.models.paging import Page, Paging, query_page

LEASE = timedelta(seconds=0.6)
"""After which another process takes over from one that was killed. A process at work renews its lease."""
QUIET = timedelta(minutes=1)
"""Without a group, after which an account counts as newly hot."""
LISTED = timedelta(hours=1)
"""After its last group, until an account leaves the list."""
FREE = ""
MICROSECONDS = 1_000_000


class HotAccount(Item):
    """A lease, free if it has no holder, or if `until` is over. `since` is when the account became busy, `posted` how
    many of its posts were committed in groups since, and `last_size` how many the last group had (UTC). The `round`
    and `lag` are those of `Rounds`; None before the first ones."""

    class Meta:
        table_name = "reports"

    PARTITION = "HOT_ACCOUNTS"

    holder = UnicodeAttribute()
    until = UnicodeAttribute()
    since = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    posted = IntegerAttribute()
    last_size = IntegerAttribute()
    expires_at = IntegerAttribute()
    age_microseconds = IntegerAttribute(null=True)
    round_microseconds = IntegerAttribute(null=True)
    lag_microseconds = IntegerAttribute(null=True)

    @classmethod
    def key(cls, account_id: str) -> Key:
        return cls.PARTITION, account_id

    @property
    def account_id(self) -> str:
        return str(self.sk)

    @property
    def rounds(self) -> Rounds | None:
        """Return how regularly groups were written lately, or None."""
        if not (self.age_microseconds and self.round_microseconds):
            return None
        return Rounds(
            self.age_microseconds / MICROSECONDS,
            self.round_microseconds / MICROSECONDS,
            self.lag_microseconds / MICROSECONDS if self.lag_microseconds else None,
        )

    def note_rounds(self, rounds: Rounds | None) -> None:
        """Have the next write of the lease say how regularly groups are written, or that nobody can say."""
        self.age_microseconds = _microseconds(rounds.age_seconds) if rounds else None
        self.round_microseconds = _microseconds(rounds.seconds) if rounds else None
        self.lag_microseconds = _microseconds(rounds.lag_seconds) if rounds else None

    def is_free(self, now: datetime) -> bool:
        """Return whether nobody holds the lease any more."""
        return self.holder == FREE or moment(str(self.until)) <= now

    def is_handed_over(self, now: datetime) -> bool:
        """Return whether its holder has given the lease back and still writes a group: others wait for the next one."""
        return self.holder == FREE and moment(str(self.until)) > now

    @property
    def last_write_end(self) -> datetime | None:
        """Return when the last group of the holder that has given the lease back is written, or None if none has."""
        return moment(str(self.until)) if self.holder == FREE else None

    @classmethod
    def page(cls, paging: Paging, now: datetime) -> "Page[HotAccount]":
        """Return a page of the accounts that had a group within the last hour, in the order of their ids."""
        is_listed = cls.expires_at > int(now.timestamp())
        return query_page(
            cls, cls.PARTITION, limit=paging.limit, cursor=paging.cursor, matching=is_listed, oldest_first=True
        )

    @classmethod
    def take(cls, account_id: str, found: Self | None, holder: str, now: datetime) -> Self | None:
        """Take a lease that was found free, or absent, and return it. Return None if another holder was faster."""
        busy = found if found and moment(str(found.updated_at)) >= now - QUIET else None
        taken = cls(
            *cls.key(account_id),
            holder=holder,
            until=timestamp(now + LEASE),
            since=busy.since if busy else timestamp(now),
            posted=busy.posted if busy else 0,
            last_size=found.last_size if found else 0,
            age_microseconds=found.age_microseconds if found else None,
            round_microseconds=found.round_microseconds if found else None,
            lag_microseconds=found.lag_microseconds if found else None,
        )
        as_found = cls.pk.does_not_exist() if found is None else cls._is_as_found(found)
        return taken if taken._store(as_found | (cls.holder == holder), now) else None

    def is_due(self, now: datetime) -> bool:
        """Return whether half of the lease is over, so that its holder should renew it."""
        return moment(str(self.until)) < now + LEASE / 2

    def renew(self, now: datetime) -> bool:
        """Hold the lease for longer; return whether it was not lost to another holder."""
        self.until = timestamp(now + LEASE)
        return self._store(HotAccount.holder == self.holder, now)

    def give_back(self, posted: int, last_size: int, now: datetime, written_at: datetime | None = None) -> None:
        """Let another holder take the lease, and note what groups have posted. The last of them is written then."""
        holder, self.holder = self.holder, FREE
        self.until = timestamp(written_at or now)
        self.posted, self.last_size = self.posted + posted, last_size or self.last_size
        self._store(HotAccount.holder == holder, now)

    @classmethod
    def _is_as_found(cls, found: "HotAccount") -> Condition:
        condition: Condition = (cls.holder == found.holder) & (cls.until == found.until)
        return condition

    def _store(self, condition: Condition, now: datetime) -> bool:
        self.updated_at, self.expires_at = timestamp(now), int((now + LISTED).timestamp())
        return self.put_if(condition)


def _microseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * MICROSECONDS)
