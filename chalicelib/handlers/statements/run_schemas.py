"""Monthly runs of statements, and what they have made, as they are answered."""

from pydantic import Field

from chalicelib.handlers.http.scheduled_run_schemas import AnyRun, Count, Failures, failures, fields
from chalicelib.handlers.http.schemas import Timestamp, View
from chalicelib.handlers.statements.statement_schemas import Period
from chalicelib.models.statements.run import MonthlyStatement
from chalicelib.services.scheduled_runs.runs import Progress

COUNTS = ("made", "not_wanted", "failed")


class StatementRunSummary(AnyRun):
    """`accounts` is what the other counts come to; while it runs, so far."""

    made: int = Field(description="The statement is there", examples=[2])
    not_wanted: int = Field(description="Nobody asked for statements, or there was no account", examples=[1])
    failed: Count = Field(description="Could not be made, see `failures`; start the run again when the reason is gone")

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
        description="Where the PDF is answered from; every other format of every month is there as well",
        examples=["/v1/accounts/acc_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z/statements/2026-10?format=pdf"],
    )

    @classmethod
    def of(cls, made: MonthlyStatement) -> "MonthlyStatementView":
        return cls.model_construct(
            period=made.period,
            made_at=made.created_at,
            href=f"/v1/accounts/{made.account_id}/statements/{made.period}?format=pdf",
        )
