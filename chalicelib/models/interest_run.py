"""Monthly runs: the run itself, its partitions with how far each has come, and the accounts that could not be paid.

They stand together under `INTEREST#<period>`. A run that is started again after it was completed has another attempt,
with partitions and failures of its own; what earlier attempts came to stays.
"""

from typing import Any, Literal

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.interest_tally import Tally
from chalicelib.domain.permissions import Caller
from chalicelib.models.account import SHARDS
from chalicelib.models.attributes import ChoiceAttribute, CompactJSONAttribute, IntegerAttribute
from chalicelib.models.item import Action, BankItem
from chalicelib.models.paging import Page, Paging, query_page

ALL_RUNS = "INTEREST_RUNS"
"""The index partition in which runs are listed."""
RunStatus = Literal["running", "completed"]


def partition(period: str) -> str:
    return f"INTEREST#{period}"


class _Tallied(BankItem):
    """Counts of accounts, and credits in minor units by currency."""

    credited = IntegerAttribute(default=0)
    nothing = IntegerAttribute(default=0)
    closed = IntegerAttribute(default=0)
    failed = IntegerAttribute(default=0)
    frozen = IntegerAttribute(default=0)
    totals = CompactJSONAttribute(default=dict)

    def tally(self) -> Tally:
        tally = Tally(self.credited, self.nothing, self.closed, self.failed, self.frozen)
        tally.totals.update(self.totals)
        return tally

    @classmethod
    def _tally_changes(cls, tally: Tally) -> list[Any]:
        return [getattr(cls, name).set(value) for name, value in vars(tally).items()]


class InterestRun(_Tallied, discriminator="interest_run"):
    """The run for a month. Its tally is that of the last attempt that was completed."""

    period = UnicodeAttribute()
    status = ChoiceAttribute[RunStatus]()
    attempt = IntegerAttribute()
    started_at = UnicodeAttribute()
    started_by = UnicodeAttribute()
    completed_at = UnicodeAttribute(null=True)

    @classmethod
    def by_period(cls, period: str) -> "InterestRun | None":
        return cls.find(partition(period), "RUN")

    @classmethod
    def begun(cls, period: str, caller: Caller, at: str) -> Action:
        """The first attempt."""
        run = cls(
            partition(period),
            "RUN",
            period=period,
            status="running",
            attempt=1,
            started_at=at,
            started_by=caller.user_id,
            gsi1pk=ALL_RUNS,
            gsi1sk=period,
        )
        return run.written(caller, at).put_if_absent()

    def again(self, caller: Caller, at: str) -> Action:
        """Another attempt, if the run is as it was read."""
        kind = InterestRun
        changes = [
            kind.status.set("running"),
            kind.attempt.set(self.attempt + 1),
            kind.started_at.set(at),
            kind.started_by.set(caller.user_id),
            kind.completed_at.remove(),
        ]
        return self.update_if(kind.version == self.version, changes, caller, at)

    def ended(self, tally: Tally, caller: Caller, at: str) -> Action:
        """The end of the attempt that was read, unless it has ended already."""
        changes = [
            InterestRun.status.set("completed"),
            InterestRun.completed_at.set(at),
            *self._tally_changes(tally),
        ]
        return self.update_if(InterestRun.version == self.version, changes, caller, at)


class InterestPartition(_Tallied, discriminator="interest_partition"):
    """One partition of the list of all accounts: `cursor` is the last account that is in the tally."""

    period = UnicodeAttribute()
    attempt = IntegerAttribute()
    number = IntegerAttribute()
    status = ChoiceAttribute[Literal["running", "done"]](default="running")
    cursor = UnicodeAttribute(null=True)

    @staticmethod
    def key(period: str, attempt: int, number: int) -> tuple[str, str]:
        return partition(period), f"PART#{attempt:04d}#{number:02d}"

    @classmethod
    def begun(cls, period: str, attempt: int, number: int, caller: Caller, at: str) -> Action:
        key = cls.key(period, attempt, number)
        part = cls(*key, period=period, attempt=attempt, number=number)
        return part.written(caller, at).put_if_absent()

    @classmethod
    def all_of(cls, period: str, attempt: int) -> "list[InterestPartition]":
        """All partitions of an attempt, in one consistent read."""
        answer = cls.query_once(
            partition(period),
            range_key_condition=cls.sk.startswith(f"PART#{attempt:04d}#"),
            consistent_read=True,
            limit=SHARDS,
        )
        return [cls.from_raw_data(item) for item in answer["Items"]]

    def advanced(self, cursor: str | None, tally: Tally, caller: Caller, at: str, *, is_done: bool) -> Action:
        """How far it has come now, if nobody has taken it further since it was read."""
        changes = self._tally_changes(tally)
        if cursor is not None:
            changes.append(InterestPartition.cursor.set(cursor))
        if is_done:
            changes.append(InterestPartition.status.set("done"))
        return self.update_if(InterestPartition.version == self.version, changes, caller, at)


class InterestFailure(BankItem, discriminator="interest_failure"):
    """An account that an attempt could not pay, and why."""

    account_id = UnicodeAttribute()
    reason = UnicodeAttribute()

    @classmethod
    def of(cls, part: InterestPartition, account_id: str, reason: str, caller: Caller, at: str) -> Action:
        sk = f"FAIL#{part.attempt:04d}#{account_id}"
        failure = cls(partition(part.period), sk, account_id=account_id, reason=reason)
        return failure.written(caller, at).put_if_absent()

    @classmethod
    def page_of(cls, period: str, attempt: int, paging: Paging) -> "Page[InterestFailure]":
        """Failures of an attempt, by account."""
        return query_page(
            cls,
            partition(period),
            limit=paging.limit,
            cursor=paging.cursor,
            between=cls.sk.startswith(f"FAIL#{attempt:04d}#"),
            consistent=True,
            oldest_first=True,
        )
