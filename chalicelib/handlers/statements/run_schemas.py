"""Monthly runs of statements, and what they have made, as they are answered."""

from pydantic import Field

from chalicelib.handlers.http.scheduled_run_schemas import Count, Failures, MonthlyRun, failures, fields
from chalicelib.handlers.http.schemas import Timestamp, View
from chalicelib.handlers.statements.statement_schemas import Period
from chalicelib.models.statements.run import MonthlyStatement
from chalicelib.services.scheduled_runs.runs import Progress

COUNTS = ("made", "not_wanted", "failed")


class StatementRunSummary(MonthlyRun):
    """A run. `accounts` is the sum of the other counts; of a running run, so far."""

    made: int = Field(description="The statement exists", examples=[2])
    not_wanted: int = Field(
        description="The account has no monthly statements, or did not exist in that month", examples=[1]
    )
    failed: Count = Field(description="Could not be made, see `failures`; remove the cause and start the run again")

    @classmethod
    def of(cls, progress: Progress) -> "StatementRunSummary":
        return cls.model_construct(**fields(progress, *COUNTS))


class StatementRunView(StatementRunSummary):
    failures: Failures

    @classmethod
    def of(cls, progress: Progress) -> "StatementRunView":
        return cls.model_construct(**fields(progress, *COUNTS), failures=failures(progress))


class MonthlyStatementView(View):
    period: Period
    made_at: Timestamp
    href: str = Field(
        description="The address of the PDF; `?format=` returns any other format",
        examples=["/v1/accounts/acc_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z/statements/2026-10?format=pdf"],
    )

    @classmethod
    def of(cls, made: MonthlyStatement) -> "MonthlyStatementView":
        return cls.model_construct(
            period=made.period,
            made_at=made.created_at,
            href=f"/v1/accounts/{made.account_id}/statements/{made.period}?format=pdf",
        )
