"""Scheduled runs over all accounts or orders: the run, its partitions with how far each has come, and what failed.

They stand together under `<kind>#<period>`. A run that is started again after it was completed has another attempt,
with partitions and failures of its own; what earlier attempts came to stays. `models/interest/run.py`,
`models/statements/run.py` and `models/orders/run.py` say of what a run of each kind keeps count.
"""

from collections import Counter
from typing import Any, ClassVar, Literal, Protocol, Self

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.account import SHARDS
from chalicelib.models.attributes import ChoiceAttribute, IntegerAttribute
from chalicelib.models.item import Action, BankItem
from chalicelib.models.paging import Page, Paging, query_listed, query_page

RunStatus = Literal["running", "completed"]
FAILURE = "FAIL#"


class Tally(Protocol):
    """The counts of a run: what it worked on by how it ended, named like the attributes of the items.

    `failed` did not succeed; `errors` are those that the bank has to look into.
    """

    failed: int

    @property
    def errors(self) -> int: ...

    @property
    def accounts(self) -> int: ...

    def __add__(self, other: Self, /) -> Self: ...


class Tallied(BankItem):
    """`KIND` begins the key of everything that belongs to a run; `TALLY` makes an empty count."""

    KIND: ClassVar[str]
    TALLY: ClassVar[type[Any]]

    @classmethod
    def partition(cls, period: str) -> str:
        return f"{cls.KIND}#{period}"

    def tally(self) -> Any:
        tally = self.TALLY()
        for name, empty in vars(tally).items():
            value = getattr(self, name)
            setattr(tally, name, Counter(value) if isinstance(empty, Counter) else value)
        return tally

    @classmethod
    def _tally_changes(cls, tally: Tally) -> list[Any]:
        return [getattr(cls, name).set(value) for name, value in vars(tally).items()]


class Run(Tallied):
    """The run for a period. Its tally is that of the last attempt that was completed, unless its kind says else."""

    period = UnicodeAttribute()
    status = ChoiceAttribute[RunStatus]()
    attempt = IntegerAttribute()
    started_at = UnicodeAttribute()
    started_by = UnicodeAttribute()
    completed_at = UnicodeAttribute(null=True)

    @classmethod
    def listed(cls) -> str:
        """Return the index partition that lists runs of this kind."""
        return f"{cls.KIND}_RUNS"

    @classmethod
    def by_period(cls, period: str) -> Self | None:
        return cls.find(cls.partition(period), "RUN")

    @classmethod
    def page_of_all(cls, paging: Paging) -> Page[Self]:
        """Return a page of the runs of this kind by period, the latest first."""
        return query_listed(cls, cls.listed(), paging)

    @classmethod
    def begin(cls, period: str, caller: Caller, at: str) -> Action:
        """Return the run of the first attempt."""
        run = cls(
            cls.partition(period),
            "RUN",
            period=period,
            status="running",
            attempt=1,
            started_at=at,
            started_by=caller.user_id,
            gsi1pk=cls.listed(),
            gsi1sk=period,
        )
        return run.stamp(caller, at).put_if_absent()

    def overall(self, tally: Any) -> Any:
        """Return what the run has come to, of the tally of its latest attempt."""
        return tally

    @property
    def failure_prefix(self) -> str:
        """Return how the places of the failures begin that the run is told with: those of its latest attempt."""
        return f"{FAILURE}{self.attempt:04d}#"

    def again(self, caller: Caller, at: str) -> Action:
        """Return the action that begins another attempt, if the run is as it was read."""
        kind = type(self)
        changes = [
            kind.status.set("running"),
            kind.attempt.set(self.attempt + 1),
            kind.started_at.set(at),
            kind.started_by.set(caller.user_id),
            kind.completed_at.remove(),
        ]
        return self.update_if(kind.version == self.version, changes, caller, at)

    def end(self, tally: Tally, caller: Caller, at: str) -> Action:
        """Return the action that ends the attempt that was read, unless it has ended."""
        kind = type(self)
        changes = [kind.status.set("completed"), kind.completed_at.set(at), *self._tally_changes(self.overall(tally))]
        return self.update_if(kind.version == self.version, changes, caller, at)


class RunPartition(Tallied):
    """A partition of what a run works on. `cursor` is the last that is in the tally.

    The moment of its creation is that of the attempt: what is due by then is worked on.
    """

    period = UnicodeAttribute()
    attempt = IntegerAttribute()
    number = IntegerAttribute()
    status = ChoiceAttribute[Literal["running", "done"]](default="running")
    cursor = UnicodeAttribute(null=True)

    @classmethod
    def key(cls, period: str, attempt: int, number: int) -> tuple[str, str]:
        return cls.partition(period), f"PART#{attempt:04d}#{number:02d}"

    @classmethod
    def begin(cls, period: str, attempt: int, number: int, caller: Caller, at: str) -> Action:
        key = cls.key(period, attempt, number)
        part = cls(*key, period=period, attempt=attempt, number=number)
        return part.stamp(caller, at).put_if_absent()

    @classmethod
    def all_of(cls, period: str, attempt: int) -> list[Self]:
        """Read all partitions of an attempt, in one consistent read."""
        answer = cls.query_once(
            cls.partition(period),
            range_key_condition=cls.sk.startswith(f"PART#{attempt:04d}#"),
            consistent_read=True,
            limit=SHARDS,
        )
        return [cls.from_raw_data(item) for item in answer["Items"]]

    def advance(self, cursor: str | None, tally: Tally, caller: Caller, at: str, *, is_done: bool) -> Action:
        """Return the action that stores the progress, if nobody has advanced it since it was read."""
        kind = type(self)
        changes = self._tally_changes(tally)
        if cursor is not None:
            changes.append(kind.cursor.set(cursor))
        if is_done:
            changes.append(kind.status.set("done"))
        return self.update_if(kind.version == self.version, changes, caller, at)


class RunFailure(BankItem):
    """Something with which an attempt could not do what it is for, and why.

    `SUBJECT` names the attribute that says which. The key has its place in the run's list.
    """

    SUBJECT: ClassVar[str]

    reason = UnicodeAttribute()

    @classmethod
    def of(cls, part: RunPartition, place: str, reason: str, caller: Caller, at: str) -> Action:
        failure = cls(part.pk, f"{FAILURE}{part.attempt:04d}#{place}", reason=reason)
        setattr(failure, cls.SUBJECT, cls.subject_at(place))
        return failure.stamp(caller, at).put_if_absent()

    @classmethod
    def subject_at(cls, place: str) -> str:
        """Return the id of what is at a place of the run's list."""
        return place

    @property
    def subject_id(self) -> str:
        return str(getattr(self, self.SUBJECT))

    @classmethod
    def page_of(cls, run: Run, paging: Paging) -> Page[Self]:
        """List the failures that a run is told with, in the order of the run's list."""
        return query_page(
            cls,
            run.pk,
            limit=paging.limit,
            cursor=paging.cursor,
            between=cls.sk.startswith(run.failure_prefix),
            consistent=True,
            oldest_first=True,
        )


class AccountFailure(RunFailure):
    """An account with which an attempt could not do what it is for."""

    SUBJECT = "account_id"

    account_id = UnicodeAttribute()
