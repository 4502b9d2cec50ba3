"""Schemas of requests and responses about reports of transactions."""

from typing import Literal

from pydantic import Field

from chalicelib.domain.ledger.posting import TransactionStatus
from chalicelib.domain.ledger.posting import TransactionType as EntryType
from chalicelib.handlers.http.schemas import Amount, Bom, Category, PageQuery, Timestamp, View
from chalicelib.handlers.interest.interest_schemas import Day
from chalicelib.handlers.reports.summary_schemas import IdAsked
from chalicelib.models.reports import export_bucket
from chalicelib.models.reports.report_export import Export, Status
from chalicelib.services.reports.transaction_report import ReportQuery


class TransactionReportQuery(PageQuery):
    start_date: Day | None = Field(default=None, description="By default the first day of the month of `end_date`")
    end_date: Day | None = Field(default=None, description="Inclusive; by default today")
    type: EntryType | None = None
    account_id: IdAsked | None = None
    branch_id: IdAsked | None = Field(default=None, description="For staff: transactions made at this branch")
    category: Category | None = None
    status: TransactionStatus | None = None
    min_amount: Amount | None = None
    max_amount: Amount | None = None
    format: Literal["json", "csv"] = "json"
    bom: Bom = True

    def to_query(self) -> ReportQuery:
        return ReportQuery(**self.model_dump(exclude={"limit", "cursor", "format"}))


class ExportView(View):
    id: str = Field(examples=["exp_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    status: Status = Field(examples=["done"])
    rows: int = Field(description="Rows written so far", examples=[12345])
    created_at: Timestamp
    url: str | None = Field(
        description="The link to the file, when it is complete", examples=["https://…/transactions.csv"]
    )

    @classmethod
    def of(cls, export: Export) -> "ExportView":
        return cls.model_construct(
            id=export.id,
            status=export.status,
            rows=export.row_count,
            created_at=export.created_at,
            url=export_bucket.url(export.file_name) if export.status == "done" else None,
        )
