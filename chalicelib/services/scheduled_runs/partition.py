"""Processes a partition of a run: account by account or order by order, from where the last invocation stopped.

```
read the partition ─► list the next ─► work on each ─► write progress, tally and failures together
        ▲                                                      │  (if the partition is as it was read)
        └──────────────────────────────────────────────────────┘
```
Whatever is listed is told apart by its *place* in the list, which is a cursor, too.

**Contention** may be one account's, on which others never stop working, or the infrastructure's, which takes no writes.
The next write tells: an account that ends in contention is held back until one after it is done, and has then failed by
itself. If another one ends so before, nobody has failed, and the partition is taken up again from the first of the two.
**Clocks** that disagree are treated alike: the wrong one has dated one account's entry, or is this machine's.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from chalicelib import clock, config
from chalicelib.domain.errors import BankError, ClockSkew, Contention, Unavailable
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.item import Action
from chalicelib.models.scheduled_runs.run import RunPartition
from chalicelib.models.transact import Extra
from chalicelib.observability import logger
from chalicelib.services.scheduled_runs.steps import Steps

INFRASTRUCTURE = (Unavailable, BotoCoreError, ClientError, PynamoDBException)
"""Says nothing about an account or an order: the invocation fails, and is repeated."""
MAYBE_ONE = (Contention, ClockSkew)
"""May be the fault of the one that was worked on, or of none."""

REASON_LENGTH_MAX = 500

Json = dict[str, Any]
TallyT = TypeVar("TallyT")


class TakenFurther(Exception):
    """Another invocation has moved the partition's progress since it was read."""


@dataclass
class Page(Generic[TallyT]):
    """The result of a page of what is listed.

    `cursor` is the last one; `stopped_by` is the error that stopped the page after it.
    """

    tally: TallyT
    cursor: str | None
    failures: list[tuple[str, str]] = field(default_factory=list)
    stopped_by: Exception | None = None

    def fail(self, place: str, error: Exception) -> None:
        """Record what is wrong with one; the others are worked on."""
        logger.error("a run could not work on one", place=place, exc_info=error)
        self.failures.append((place, reason(error)))


@dataclass(frozen=True)
class _HeldBack:
    """A place that ended in contention or with a skewed clock, and the page as it was before it."""

    place: str
    error: Exception
    before: Page[Any]


WorkOn = Callable[[RunPartition, list[str]], Page[Any]]
"""Works on places, each in its turn, until the time is up or the infrastructure fails."""
Handle = Callable[[Page[Any], str], bool]
"""Works on a place and counts how that ended. Returns whether anything was written for it just now."""
Fail = Callable[[Page[Any], str, Exception], None]
"""Records and counts what is wrong with a place."""


def work(
    steps: Steps[Any],
    asked: Json,
    caller: Caller,
    has_time: Callable[[], bool],
    work_on: WorkOn,
    *,
    at_once: int,
) -> Json:
    """Process a partition while there is time, at least one place, so that every invocation makes progress.

    `asked` names period, attempt and partition. `at_once` is how many places are between two writes of progress: they
    are processed again if an invocation dies. Raises infrastructure errors, also for a clock behind the one that opened
    the run; the next invocation continues from the written progress.
    """
    period, attempt, number = asked["period"], asked["attempt"], asked["partition"]
    if refusal := steps.periods.refusal(period, clock.now(), config.timezone()):
        raise RuntimeError(f"{period} {refusal}; this machine's clock is behind the one that opened the run")
    part = _read(steps, period, attempt, number)
    while part.status != "done":
        _advance(steps, part, caller, work_on, at_once)
        part = _read(steps, period, attempt, number)
        if not has_time():
            break
    logger.info(f"partition of {steps.what}", partition=number, status=part.status, accounts=part.tally().accounts)
    return {"status": "done" if part.status == "done" else "more", "partition": number}


def in_turn(page: Page[Any], places: list[str], handle: Handle, fail: Fail, has_time: Callable[[], bool]) -> Page[Any]:
    """Work on each place in turn, until the time is up or the infrastructure fails. What is wrong with one stops none.

    With a place held back it continues when the time is up, or an invocation might never pass it. If no later write
    shows whose fault the contention was, the next write of progress does: it commits together with the failure.
    """
    held_back: _HeldBack | None = None
    for place in places:
        try:
            is_written = handle(page, place)
        except TakenFurther:
            raise
        except INFRASTRUCTURE as error:
            if held_back or not isinstance(error, MAYBE_ONE):
                return replace(held_back.before if held_back else page, stopped_by=error)
            held_back = _HeldBack(place, error, deepcopy(page))
        except Exception as error:  # noqa: BLE001 — whatever is wrong with one, the others are worked on
            fail(page, place, error)
        else:
            if held_back and is_written:
                fail(page, held_back.place, held_back.error)
                held_back = None
        page.cursor = place
        if not held_back and not has_time():
            break
    if held_back:
        fail(page, held_back.place, held_back.error)
    return page


def write_progress(
    steps: Steps[Any],
    part: RunPartition,
    page: Page[Any],
    caller: Caller,
    *,
    actions: Sequence[Action | Extra] = (),
    is_done: bool = False,
) -> None:
    """Write how far a partition has come, its tally and its failures; `actions` commit with it.

    The partition is as written then, and the page has no failures left. Raises TakenFurther, and what `transact.commit`
    raises for the actions.
    """
    at = timestamp(clock.now())
    failures = [steps.failure.of(part, place, why, caller, at) for place, why in page.failures]
    progress = part.advance(page.cursor, page.tally, caller, at, is_done=is_done)
    transact.commit([Extra(progress, TakenFurther()), *failures, *actions], caller.request_id)
    part.version += 1
    page.failures.clear()


def reason(error: Exception) -> str:
    """Return the reason of a failure for staff, short enough for the item."""
    name = error.code if isinstance(error, BankError) else type(error).__name__
    return f"{name}: {error}"[:REASON_LENGTH_MAX]


def _read(steps: Steps[Any], period: str, attempt: int, number: int) -> RunPartition:
    part = steps.partition.find(*steps.partition.key(period, attempt, number))
    if part is None:
        raise LookupError(f"{steps.what} {period} has no partition {number} in attempt {attempt}")
    return part


def _advance(steps: Steps[Any], part: RunPartition, caller: Caller, work_on: WorkOn, at_once: int) -> None:
    """Process the next places and write the progress. If another invocation was faster, leave its progress."""
    places, is_last = steps.next_page(part, at_once)
    start = part.cursor
    try:
        page = work_on(part, places)
        is_done = is_last and page.cursor == (places[-1] if places else start)
        write_progress(steps, part, page, caller, is_done=is_done)
    except TakenFurther:
        logger.info("the partition was taken further by another", partition=part.number)
        return
    if page.stopped_by:
        raise page.stopped_by
