"""Scheduled runs as they are asked for and answered, whatever they do."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from chalicelib.domain import month
from chalicelib.domain.month import Month
from chalicelib.handlers.http.schemas import Schema, Timestamp, View
from chalicelib.models.scheduled_runs.run import RunFailure
from chalicelib.services.scheduled_runs.runs import FAILURES_SHOWN_MAX, Progress


def _month(text: str) -> str:
    return str(Month.parse(text))


Period = Annotated[
    str,
    AfterValidator(_month),
    Field(
        description="A month of the bank's days",
        examples=["2026-10"],
        json_schema_extra={"pattern": f"^{month.PATTERN}$"},
    ),
]
Count = Annotated[int, Field(examples=[0])]


class StartRun(Schema):
    period: Period


class RunFailureView(View):
    account_id: str
    reason: str = Field(examples=["ValueError: the entries do not follow from the balance"])

    @classmethod
    def of(cls, failure: RunFailure) -> "RunFailureView":
        return cls.model_construct(account_id=failure.subject_id, reason=failure.reason)


class PartitionsView(View):
    done: int = Field(examples=[16])
    of: int = Field(examples=[16])


Failures = Annotated[
    list[RunFailureView], Field(description=f"The first {FAILURES_SHOWN_MAX}, by account; …/failures lists all")
]


class AnyRun(View):
    """A run, whatever its period and its counts."""

    status: Literal["running", "completed"] = Field(examples=["completed"])
    attempt: int = Field(description="1 for the first run of a period; each restart of a completed run adds 1")
    started_at: Timestamp
    started_by: str = Field(description="A user, or `system` for the schedule", examples=["system"])
    completed_at: Timestamp | None
    partitions: PartitionsView


class MonthlyRun(AnyRun):
    """A run over all accounts. `accounts` is the sum of the counts of accounts; of a running run, so far."""

    period: Period
    accounts: int = Field(description="Customers' accounts processed", examples=[3])


def fields(progress: Progress, *counts: str) -> dict[str, Any]:
    """Return the response fields of a monthly run, with the named counts of accounts."""
    return {"period": progress.run.period, "accounts": progress.tally.accounts, **common_fields(progress, *counts)}


def common_fields(progress: Progress, *counts: str) -> dict[str, Any]:
    """Return the response fields that all runs have, and the named counts."""
    run, tally = progress.run, progress.tally
    return {
        "status": run.status,
        "attempt": run.attempt,
        "started_at": run.started_at,
        "started_by": run.started_by,
        "completed_at": run.completed_at,
        "partitions": PartitionsView.model_construct(done=progress.partitions_done, of=progress.partitions),
        **{name: getattr(tally, name) for name in counts},
    }


def failures(progress: Progress) -> list[RunFailureView]:
    return [RunFailureView.of(failure) for failure in progress.failures]
