"""Monthly runs as they are asked for and answered."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from chalicelib.domain import money, month
from chalicelib.domain.month import Month
from chalicelib.handlers.shapes import Currency, Money, Shape, Timestamp, View
from chalicelib.services.runs import FAILURES_SHOWN_MAX, Progress


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


class StartRun(Shape):
    period: Period


class TotalView(View):
    currency: Currency
    amount: Money


class RunFailureView(View):
    account_id: str
    reason: str = Field(examples=["ValueError: the entries do not follow from the balance"])


class PartitionsView(View):
    done: int = Field(examples=[16])
    of: int = Field(examples=[16])


class RunSummary(View):
    """`accounts` is what the other counts come to; while it runs, so far."""

    period: Period
    status: Literal["running", "completed"] = Field(examples=["completed"])
    attempt: int = Field(description="A completed run that was started again is at its second")
    started_at: Timestamp
    started_by: str = Field(description="A user, or `system` for the schedule", examples=["system"])
    completed_at: Timestamp | None
    accounts: int = Field(description="Customers' accounts seen", examples=[3])
    credited: int = Field(description="Interest was posted", examples=[2])
    nothing: int = Field(description="None was left to pay, or not half a minor unit", examples=[1])
    closed: Count = Field(description="Ended, and paid when they did")
    failed: Count = Field(description="Could not be paid, see `failures`; start the run again when the reason is gone")
    frozen: Count = Field(description="Of all those, frozen ones: they are paid like the others")
    total: list[TotalView] = Field(description="Interest posted, by currency: the sum of the ledger's credits")
    partitions: PartitionsView

    @classmethod
    def of(cls, progress: Progress) -> "RunSummary":
        return cls.model_construct(**_fields(progress))


class RunView(RunSummary):
    failures: list[RunFailureView] = Field(description=f"The first {FAILURES_SHOWN_MAX}, by account")

    @classmethod
    def of(cls, progress: Progress) -> "RunView":
        failures = [
            RunFailureView.model_construct(account_id=failure.account_id, reason=failure.reason)
            for failure in progress.failures
        ]
        return cls.model_construct(**_fields(progress), failures=failures)


def _fields(progress: Progress) -> dict[str, Any]:
    run, tally = progress.run, progress.tally
    totals = sorted(tally.totals.items())
    return {
        "period": run.period,
        "status": run.status,
        "attempt": run.attempt,
        "started_at": run.started_at,
        "started_by": run.started_by,
        "completed_at": run.completed_at,
        "accounts": tally.accounts,
        **{name: getattr(tally, name) for name in ("credited", "nothing", "closed", "failed", "frozen")},
        "total": [
            TotalView.model_construct(currency=currency, amount=money.text(amount, currency))
            for currency, amount in totals
        ],
        "partitions": PartitionsView.model_construct(done=progress.partitions_done, of=progress.partitions),
    }
