"""Monthly runs of interest as they are answered."""

from typing import Any

from pydantic import Field

from chalicelib.domain import money
from chalicelib.handlers.http.scheduled_run_schemas import Count, Failures, MonthlyRun, failures, fields
from chalicelib.handlers.http.schemas import Currency, Money, View
from chalicelib.services.scheduled_runs.runs import Progress


class CreditedTotalView(View):
    currency: Currency
    amount: Money


class RunSummary(MonthlyRun):
    """A run. `accounts` is the sum of the other counts; of a running run, so far."""

    credited: int = Field(description="Interest was posted", examples=[2])
    nothing: int = Field(description="Nothing was left to pay, or the interest rounds to zero", examples=[1])
    closed: Count = Field(description="Closed accounts, which were paid when they closed")
    failed: Count = Field(description="Could not be paid, see `failures`; remove the cause and start the run again")
    frozen: Count = Field(description="How many of them are frozen; they are paid like the others")
    total: list[CreditedTotalView] = Field(description="Interest posted, by currency: the sum of the ledger's credits")

    @classmethod
    def of(cls, progress: Progress) -> "RunSummary":
        return cls.model_construct(**_fields(progress))


class RunView(RunSummary):
    failures: Failures

    @classmethod
    def of(cls, progress: Progress) -> "RunView":
        return cls.model_construct(**_fields(progress), failures=failures(progress))


def _fields(progress: Progress) -> dict[str, Any]:
    total = [
        CreditedTotalView.model_construct(currency=currency, amount=money.text(amount, currency))
        for currency, amount in sorted(progress.tally.totals.items())
    ]
    return fields(progress, "credited", "nothing", "closed", "failed", "frozen") | {"total": total}
