"""The monthly run, as the states of the `monthly_interest` state machine do it: open, accrue each partition, close.

What goes out is JSON with a `status` that a Choice can read:

- open    `opened`, with what to work on; `not_due`; or `rejected`: the period is none, or not over
- accrue  `done`, or `more`: another invocation goes on from there (`services/interest_partition.py`)
- close   `completed`, or `superseded` by a later attempt

Every step may be repeated, by several at once: a run is opened under conditions, a partition's progress moves only from
where it was read, and each account's credit has a key made of account and period.
"""

from datetime import timedelta
from typing import Any

from chalicelib import aws, clock, config
from chalicelib.domain import month
from chalicelib.domain.errors import NotFound, ValidationFailed
from chalicelib.domain.idempotency import Claim
from chalicelib.domain.interest_tally import total
from chalicelib.domain.month import Month
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import moment, timestamp
from chalicelib.models import transact
from chalicelib.models.account import SHARDS
from chalicelib.models.interest_run import InterestPartition, InterestRun
from chalicelib.models.item import Action
from chalicelib.observability import count, logger
from chalicelib.services import idempotency

Json = dict[str, Any]

STALLED_AFTER = timedelta(minutes=15)
"""The schedule takes up a run of which nothing was heard for so long: no invocation lasts longer."""


def open_due(caller: Caller) -> Json:
    """For the schedule: open the run that is due, or go on with one that stands still, also of the month before.

    An execution that opened it, and did not hear of it, goes on with it when it asks again.
    """
    due = month.latest_due(clock.now(), config.timezone(), config.interest_hour())
    run = InterestRun.by_period(str(due))
    if run is None:
        return _opened(open_for(str(due), caller, None)[0])
    for standing in (run, InterestRun.by_period(str(due.before))):
        if standing and standing.status == "running" and _may_be_gone_on_with(standing, caller):
            return _opened(standing)
    return {"status": "not_due", "period": str(due)}


def open_asked(period: str, attempt: int | None, caller: Caller) -> Json:
    """For whoever names a period: open its run. With an attempt, work on that one only."""
    if attempt is None:
        try:
            return _opened(open_for(period, caller, None)[0])
        except ValidationFailed as refused:
            return {"status": "rejected", "period": period, "detail": refused.detail}
    run = InterestRun.by_period(period)
    if run is None or (run.attempt, run.status) != (attempt, "running"):
        return {"status": "not_due", "period": period}
    return _opened(run)


def open_for(period: str, caller: Caller, claim: Claim | None) -> tuple[InterestRun, bool]:
    """The run for a period: begun, begun again if it was completed, or as it runs; whether the claim was used before.

    Raises ValidationFailed for what is no month, or one that is not over.
    """
    _require_over(period)
    for _ in transact.attempts():
        if idempotency.earlier(claim):
            return existing(period), True
        at = timestamp(clock.now())
        actions = _beginning(period, caller, at)
        try:
            replayed = idempotency.commit_once(caller, claim, period, actions, at)[1] if claim or actions else False
        except transact.Cancelled:
            continue
        with aws.after_a_write():
            return existing(period), replayed
    raise transact.gave_up(ambiguous=False)


def existing(period: str) -> InterestRun:
    """Raises NotFound where none was begun."""
    run = InterestRun.by_period(period)
    if run is None:
        raise NotFound(f"There is no interest run {period[:64]}.")
    return run


def close(period: str, attempt: int, caller: Caller) -> Json:
    """Add up what the partitions came to. Raises RuntimeError while one of them is not done."""
    for _ in transact.attempts():
        run = InterestRun.by_period(period)
        if run is None or run.attempt != attempt:
            return {"status": "superseded", "period": period}
        if run.status == "completed":
            return {"status": "completed", "period": period, "attempt": attempt}
        parts = InterestPartition.all_of(period, attempt)
        if len(parts) < SHARDS or any(part.status != "done" for part in parts):
            raise RuntimeError(f"interest run {period}, attempt {attempt}: a partition is not done")
        tally = total(part.tally() for part in parts)
        try:
            transact.commit([run.ended(tally, caller, timestamp(clock.now()))], caller.request_id)
        except transact.Cancelled:
            continue
        logger.info("interest run completed", period=period, attempt=attempt, accounts=tally.accounts)
        count("InterestAccountsFailed", tally.failed)
    raise transact.gave_up(ambiguous=False)


def _may_be_gone_on_with(run: InterestRun, caller: Caller) -> bool:
    """Whether this very execution opened it, or nothing of it has moved lately."""
    if run.request_id == caller.request_id:
        return True
    parts = InterestPartition.all_of(run.period, run.attempt)
    last = max(str(item.updated_at) for item in (run, *parts))
    return moment(last) <= clock.now() - STALLED_AFTER


def _beginning(period: str, caller: Caller, at: str) -> list[Action]:
    """A new attempt with all its partitions, unless one runs."""
    run = InterestRun.by_period(period)
    if run and run.status == "running":
        return []
    attempt = run.attempt + 1 if run else 1
    begun = run.again(caller, at) if run else InterestRun.begun(period, caller, at)
    return [begun, *(InterestPartition.begun(period, attempt, number, caller, at) for number in range(SHARDS))]


def _opened(run: InterestRun) -> Json:
    return {
        "status": "opened",
        "period": run.period,
        "attempt": run.attempt,
        "partitions": list(range(SHARDS)),
        "workers": config.interest_workers(),
    }


def _require_over(period: str) -> None:
    try:
        asked = Month.parse(period)
    except ValueError as error:
        raise ValidationFailed.of("period", str(error)) from None
    if not asked.is_over(clock.now(), config.timezone()):
        raise ValidationFailed.of("period", f"is not over: {asked} ends on {asked.last}, and days are paid when over")
