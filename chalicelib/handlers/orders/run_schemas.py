"""Daily runs of orders as they are answered."""

from typing import Annotated

from pydantic import Field

from chalicelib.domain import money
from chalicelib.domain.orders import run_days
from chalicelib.handlers.http.scheduled_run_schemas import AnyRun, Count, common_fields
from chalicelib.handlers.http.schemas import Currency, Money, View
from chalicelib.models.scheduled_runs.run import RunFailure
from chalicelib.services.scheduled_runs.runs import FAILURES_SHOWN_MAX, Progress

COUNTS = ("posted", "executed", "pending", "failed", "retried", "skipped", "errors")
RunDay = Annotated[
    str,
    Field(
        description="A day of the bank",
        examples=["2026-12-01"],
        json_schema_extra={"pattern": f"^{run_days.PATTERN}$"},
    ),
]


class PaidTotalView(View):
    currency: Currency
    amount: Money


class OrderRunFailureView(View):
    order_id: str = Field(examples=["sto_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    reason: str = Field(
        description="The code of the refusal, or the error of an order that could not be worked on",
        examples=["insufficient_funds"],
    )

    @classmethod
    def of(cls, failure: RunFailure) -> "OrderRunFailureView":
        return cls.model_construct(order_id=failure.subject_id, reason=failure.reason)


class OrderRunSummary(AnyRun):
    """The run of a day, with the counts of its attempts, of which there are up to three; of a running run, so far."""

    date: RunDay
    posted: int = Field(description="Occurrences that were paid", examples=[2])
    executed: Count = Field(description="Payments that were left to the clearing between banks")
    pending: Count = Field(description="Payments that wait for an approval or a review")
    failed: Count = Field(description="Occurrences that were refused for good, see `failures`; their customers know")
    retried: Count = Field(
        description="Attempts that were refused for too little money or a limit, and are repeated at a later hour"
    )
    skipped: Count = Field(description="Occurrences that were too late to be paid")
    errors: Count = Field(description="Orders that could not be worked on, see `failures`; they stay due")
    total: list[PaidTotalView] = Field(description="Paid amounts by currency")

    @classmethod
    def of(cls, progress: Progress) -> "OrderRunSummary":
        total = [
            PaidTotalView.model_construct(currency=currency, amount=money.text(amount, currency))
            for currency, amount in sorted(progress.tally.totals.items())
        ]
        return cls.model_construct(**common_fields(progress, *COUNTS), date=progress.run.period, total=total)


class OrderRunView(OrderRunSummary):
    failures: list[OrderRunFailureView] = Field(
        description=f"The first {FAILURES_SHOWN_MAX}, the longest due first; …/failures lists all"
    )

    @classmethod
    def of(cls, progress: Progress) -> "OrderRunView":
        summary = OrderRunSummary.of(progress)
        failures = [OrderRunFailureView.of(failure) for failure in progress.failures]
        return cls.model_construct(**dict(summary), failures=failures)
