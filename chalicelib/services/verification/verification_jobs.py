"""Verifications: short ones in a request, long ones by a job that continues from its last checkpoint.

The item of a verification is its job: through the stream it starts its state machine (`services/long_jobs.py`). At most
one is running, so that nobody can make the bank verify itself many times at once.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from chalicelib import clock, config
from chalicelib.domain import errors, permissions
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.permissions import Caller
from chalicelib.domain.verification.checks import Broken
from chalicelib.models import transact
from chalicelib.models.reports import export_bucket
from chalicelib.models.verification.verification import Verification
from chalicelib.observability import logger
from chalicelib.services.progress import Progress
from chalicelib.services.verification import verify
from chalicelib.services.verification.checkpoint import Checkpoint
from chalicelib.services.verification.verify import Verdict
from chalicelib.services.verification.verify_parts import Checked, Part, Shared, Task, Work

CHECKPOINT_SECONDS = 20
"""How much work is done again after a crash, besides the part in hand."""
BROKEN_LENGTH_MAX = 1_000
"""What was tampered with may be of any length, and an item has 400 KB."""
RETRY_SECONDS = 60


class OutOfTimeError(Exception):
    """The request or the invocation has no time left."""


def ask(caller: Caller, account_id: str | None) -> Verdict | Verification:
    """Verify the bank or an account in this request, or return the verification that does it, new or running.

    Raises NotFound for an unknown account, Unavailable while another verification is running.
    """
    latest = Verification.latest()
    if latest and _is_at_work(latest) and latest.account_id == account_id:
        return latest
    deadline = time.monotonic() + config.verify_request_seconds()
    tell = _until(lambda: time.monotonic() < deadline)
    try:
        return verify.verify_account(account_id, tell=tell) if account_id else verify.verify_bank(tell)
    except OutOfTimeError:
        return _open(caller, account_id)


def get(verification_id: str) -> Verification:
    """Read a verification. Raises NotFound."""
    found = Verification.by_id(verification_id)
    if found is None:
        raise errors.unknown("verification", verification_id)
    return found


def work(verification_id: str, has_time: Callable[[], bool]) -> str:
    """Verify everything, or as much as there is time for: `done`, or `more`."""
    job = Verification.by_id(verification_id)
    if job is None or job.status != "running":
        return "done"
    try:
        verdict = _account(job.account_id, has_time) if job.account_id else _bank(job, has_time)
    except OutOfTimeError:
        if not job.account_id:
            return "more"
        logger.error("an account cannot be verified in one invocation", account_id=job.account_id)
        store_progress(job, status="failed")
        return "done"
    broken = _texts_of(verdict.broken) if verdict.broken else None
    store_progress(job, status="done", checked=vars(verdict.checked), broken=broken, late=verdict.late)
    logger.info("verification done", ok=verdict.ok)
    return "done"


def give_up(verification_id: str) -> None:
    """Mark a verification as failed, unless it has ended."""
    job = Verification.by_id(verification_id)
    if job and job.status == "running":
        store_progress(job, status="failed")


@transact.until_committed
def _open(caller: Caller, account_id: str | None) -> Verification:
    """Return the running verification of this, or open it. One that has stalled is marked as failed."""
    now, latest = clock.now(), Verification.latest()
    if latest and _is_at_work(latest):
        if latest.account_id == account_id:
            return latest
        raise Unavailable(
            f"Another verification is running: GET /v1/audit/verifications/{latest.id}. Retry when it has ended.",
            retry_after_seconds=RETRY_SECONDS,
        )
    made = Verification.new(latest.number + 1 if latest else 1, account_id, vars(Checked()), caller, now)
    stalled = [latest.advance(caller, now, status="failed")] if latest and latest.status == "running" else []
    transact.commit([*stalled, made.put_if_absent()], caller.request_id)
    return made


def _is_at_work(job: Verification) -> bool:
    return job.status == "running" and not job.is_stalled(clock.now())


def _until(has_time: Callable[[], bool]) -> Progress:
    def tell(_: str) -> None:
        if not has_time():
            raise OutOfTimeError

    return tell


def _account(account_id: str, has_time: Callable[[], bool]) -> Verdict:
    """Verify an account, which no other invocation could continue."""
    return verify.verify_account(account_id, tell=_until(has_time))


def _bank(job: Verification, has_time: Callable[[], bool]) -> Verdict:
    if job.checkpoint:
        checkpoint = Checkpoint.from_json(export_bucket.fetch(job.checkpoint))
    else:
        checkpoint = Checkpoint(*verify.begin_bank())
    return verify.continue_bank(checkpoint.shared, checkpoint.whole, Stepwise(job, checkpoint, has_time))


class Stepwise:
    """A `Spread` that leaves out what a checkpoint has, and stores a checkpoint every few seconds.

    A part is one account or one day, which may have as many transactions as one invocation can verify.
    """

    def __init__(self, job: Verification, checkpoint: Checkpoint, has_time: Callable[[], bool]):
        self._job, self._checkpoint, self._has_time = job, checkpoint, has_time
        self._stored_at = time.monotonic()

    def __call__(self, _: Shared, work: Work, tasks: Iterable[Task]) -> Iterator[Part]:
        waiting, done = list(tasks), 0
        of = sum(len(task.names) for task in waiting)
        for task in (piece for each in waiting for piece in _pieces(each)):
            names = [name for name in task.names if not self._checkpoint.has(task.kind, name)]
            done += len(task.names)
            if names:
                yield work(Task(task.kind, names))
                self._checkpoint.add(task.kind, names)
                self._pause(stage=task.kind, done=done, of=of)

    def _pause(self, **progress: Any) -> None:
        """Store how far it is when that is due. Raises OutOfTimeError when no time is left for another part."""
        is_over, now = not self._has_time(), time.monotonic()
        if is_over or now - self._stored_at >= CHECKPOINT_SECONDS:
            checked, self._stored_at = vars(self._checkpoint.whole.checked), now
            aside = export_bucket.set_aside(self._job.file_name, self._checkpoint.to_json())
            store_progress(self._job, checkpoint=aside, checked=checked, **progress)
        if is_over:
            raise OutOfTimeError


def _pieces(task: Task) -> Iterator[Task]:
    """Yield what one part has: partitions of other items are small."""
    return iter([task]) if task.kind == "others" else (Task(task.kind, [name]) for name in task.names)


def _texts_of(broken: Broken) -> dict[str, str]:
    """Return the first broken link as texts."""
    return {name: str(getattr(broken, name))[:BROKEN_LENGTH_MAX] for name in ("where", "expected", "found")}


def store_progress(job: Verification, **fields: Any) -> None:
    """Store how far it is. Raises transact.Cancelled when another invocation has continued from there."""
    caller = permissions.system(f"verification-{job.id}-{job.version + 1}")
    transact.commit([job.advance(caller, clock.now(), **fields)], caller.request_id)
    for name, value in fields.items():
        setattr(job, name, value)
    job.version += 1
